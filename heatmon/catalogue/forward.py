"""Outward paths to time-series databases: what is wrong, in one line, with the remedy."""

TEXTS = {
    "cli.arg.metrics": (
        "serve metrics for Prometheus at this port of the loopback, or at ADDRESS:PORT",
        "在本机回环地址的该端口（或 地址:端口）提供 Prometheus 指标",
    ),
    "cli.no_metrics": (
        "metrics cannot be served at {address}: {reason}; choose another port with --metrics",
        "无法在 {address} 提供指标：{reason}；请用 --metrics 指定其他端口",
    ),
    "cli.forward": (
        "ways to time-series databases: state, lines set aside; or forward in a process of its own",
        "时序数据库转发：状态、搁置的行；或作为独立进程运行",
    ),
    "cli.forward.destination": ("which destination", "目的地编号"),
    "cli.forward.lines": ("numbers with commas, or all", "以逗号分隔的编号，或 all"),
    "cli.forward.hour": (
        "the hour's number, or 2025-11-25T07:00 (UTC)",
        "小时编号，或 2025-11-25T07:00（UTC）",
    ),
    "cli.forward.no_hour": (
        "{hour} is no hour; write its number as the alarm names it, or 2025-11-25T07:00 (UTC)",
        "{hour} 不是小时；请写报警中给出的编号，或 2025-11-25T07:00（UTC）",
    ),
    "cli.forward.no_station": (
        "{path}: no station's journal here; a state directory holds stations/ID/journal.db",
        "{path}：这里没有站点日志；状态目录应包含 stations/ID/journal.db",
    ),
    "cli.forward.none": ("no destination has reported yet", "尚无目的地状态"),
    "cli.forward.path": (
        "{id} {url}: last accepted {accepted}; backlog {rows} rows, {megabytes} MB, {hours} h, caught up in {eta}; "
        "{parked} lines set aside",
        "{id} {url}：最近接收 {accepted}；积压 {rows} 行、{megabytes} MB、{hours} 小时，预计 {eta} 追平；搁置 {parked} 行",
    ),
    "path.lost": ("data does not reach {path}: {why}", "数据未能送达 {path}：{why}"),
    "path.restored": ("data reaches {path} again", "数据已恢复送达 {path}"),
    "path.parked": (
        "{count} lines for {path} were set aside, the first: {line} ({detail}); see `heatmon forward parked`",
        "送往 {path} 的 {count} 行已搁置，首行：{line}（{detail}）；请查看 heatmon forward parked",
    ),
    "forward.retried": (
        "lines set aside for {path} are sent again: {lines}",
        "重新发送 {path} 搁置的行：{lines}",
    ),
    "forward.skipped": ("lines set aside for {path} were given up: {lines}", "放弃 {path} 搁置的行：{lines}"),
    "forward.resent": (
        "the hour {hour} is sent to {path} once more",
        "向 {path} 重新发送第 {hour} 小时的数据",
    ),
    "forward.backlog": (
        "the oldest sample that was not accepted is {hours} h old; last trouble: {last}",
        "最早未被接收的数据已有 {hours} 小时；最近的故障：{last}",
    ),
    "forward.short": (
        "of the hour {hour} the server holds {stored} samples of {sent} that it accepted; "
        "look at its log and retention, then `heatmon forward resend --hour {number}`",
        "{hour} 小时内服务器已接收 {sent} 条，但只保存了 {stored} 条；请查看其日志和保留期，然后运行 heatmon forward resend --hour {number}",
    ),
    "forward.double": (
        "of the hour {hour} the server holds {stored} samples of {sent} that were sent; "
        "start VictoriaMetrics with -dedup.minScrapeInterval=1ms",
        "{hour} 小时内发送了 {sent} 条，服务器保存了 {stored} 条；请用 -dedup.minScrapeInterval=1ms 启动 VictoriaMetrics",
    ),
    "forward.clock": (
        "the server's clock is {seconds} s away from this machine's; set both by NTP",
        "服务器时钟与本机相差 {seconds} 秒；请用 NTP 校时",
    ),
    "forward.uncounted": (
        "what the server stores cannot be counted ({detail}); give the token the right to read, or set count_check: false",
        "无法统计服务器已存数据（{detail}）；请授予令牌读取权限，或设 count_check: false",
    ),
    "forward.accepted": ("accepted", "已接收"),
    "forward.bad_line": (
        "the server refuses a line for ever (status {status}: {detail}); it is looked for and set aside",
        "服务器永久拒绝某一行（状态 {status}：{detail}）；正在查找并搁置该行",
    ),
    "forward.refuses_all": (
        "the server refuses every line (status {status}: {detail}); compare kind, url, org and bucket with the server's",
        "服务器拒绝所有数据（状态 {status}：{detail}）；请核对 kind、url、org、bucket 与服务器设置",
    ),
    "forward.too_large": (
        "the batch is too large for the server (status {status}); smaller ones are sent",
        "批次超过服务器上限（状态 {status}）；已改用更小批次",
    ),
    "forward.unauthorized": (
        "the server does not know this token (status {status}: {detail}); put a valid one into the credential that `token` names",
        "服务器不认识此令牌（状态 {status}：{detail}）；请在 token 指向的凭据中放入有效令牌",
    ),
    "forward.forbidden": (
        "the token may not write here (status {status}: {detail}); give it the right to write into this org and bucket",
        "此令牌没有写入权限（状态 {status}：{detail}）；请授予其写入该 org 和 bucket 的权限",
    ),
    "forward.not_found": (
        "nothing takes data at this address (status {status}: {detail}); check the path in `url`, and that org and bucket exist",
        "此地址无法写入（状态 {status}：{detail}）；请检查 url 的路径以及 org、bucket 是否存在",
    ),
    "forward.proxy_login": (
        "the proxy wants a login (status {status}: {detail}); let it pass this station, or name another `proxy`",
        "代理要求登录（状态 {status}：{detail}）；请在代理上放行本站，或改用其他 proxy",
    ),
    "forward.busy": (
        "the server asks for patience (status {status}: {detail}); data waits in the store",
        "服务器繁忙（状态 {status}：{detail}）；数据保存在本站等待",
    ),
    "forward.server": (
        "the server has a fault of its own (status {status}: {detail}); data waits in the store, look at the server's log",
        "服务器内部故障（状态 {status}：{detail}）；数据保存在本站等待，请查看服务器日志",
    ),
    "forward.status": (
        "the server refuses with status {status}: {detail}; check `kind` and `url`",
        "服务器以状态 {status} 拒绝：{detail}；请检查 kind 和 url",
    ),
    "forward.page": (
        "a web page answers instead of the database (status {status}): a proxy or a login page stands in between; "
        "check `url` and `proxy`",
        "应答的是网页而不是数据库（状态 {status}）：中间有代理或登录页；请检查 url 和 proxy",
    ),
    "forward.redirect": (
        "the address sends us on to {to} (status {status}); redirects are not followed, write the final address into `url`",
        "该地址重定向到 {to}（状态 {status}）；不跟随重定向，请在 url 中填写最终地址",
    ),
    "forward.timeout": (
        "no answer in time ({detail}); data waits in the store, check the link or give more `timeout`",
        "应答超时（{detail}）；数据保存在本站等待，请检查链路或增大 timeout",
    ),
    "forward.refused": (
        "no connection: {detail}; data waits in the store, check that the server runs and a firewall lets us through",
        "无法连接：{detail}；数据保存在本站等待，请检查服务器是否运行、防火墙是否放行",
    ),
    "forward.name": (
        "the name in `url` is not known: {detail}; check its spelling and this machine's name server",
        "url 中的主机名无法解析：{detail}；请检查拼写和本机 DNS",
    ),
    "forward.broken": (
        "the connection broke: {detail}; what was not confirmed is sent again",
        "连接中断：{detail}；未确认的数据将重新发送",
    ),
    "forward.certificate": (
        "the server's certificate is not trusted: {detail}; name its authority in `ca_file`, check the host name and this machine's clock",
        "服务器证书不受信任：{detail}；请在 ca_file 中指定颁发机构，并检查主机名和本机时钟",
    ),
    "forward.tls": (
        "no secure connection: {detail}; check whether the server speaks https at this port",
        "无法建立安全连接：{detail}；请检查该端口是否提供 https",
    ),
    "forward.address": (
        "the address cannot be used: {detail}; correct `url`",
        "地址无效：{detail}；请更正 url",
    ),
    "forward.secret": ("the token cannot be had: {detail}", "无法取得令牌：{detail}"),
    "forward.store": (
        "the station's own disk refuses: {detail}; what was accepted is sent again later, make room on the disk",
        "本站磁盘拒绝写入：{detail}；已接收的数据稍后重发，请清理磁盘空间",
    ),
}
