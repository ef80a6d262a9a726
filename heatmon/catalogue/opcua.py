"""Texts of the OPC UA driver and its tools."""

# What was being done when it happened …
STEPS = {
    "whole": ("connecting", "建立连接"),
    "socket": ("opening the TCP connection", "建立 TCP 连接"),
    "hello": ("the hello message", "握手消息 Hello"),
    "channel": ("opening the channel", "打开通道"),
    "channel_secured": ("opening the secure channel", "打开安全通道"),
    "endpoints": ("asking for the endpoints", "查询端点"),
    "certificate": ("checking the server's certificate", "检查服务器证书"),
    "user": ("reading user name, password or certificate", "读取用户名、口令或证书"),
    "orphan": ("closing a session left over from a lost connection", "关闭断线遗留的会话"),
    "session": ("creating the session", "创建会话"),
    "activate": ("activating the session", "激活会话"),
    "read": ("reading", "读取"),
    "browse": ("browsing", "浏览"),
    "resolve": ("finding nodes", "查找节点"),
    "subscribe": ("subscribing", "订阅"),
    "history": ("reading the server's history", "读取服务器历史数据"),
    "renew": ("renewing the channel", "更新通道"),
}

# … and what happened: together they are one text, opcua.HAPPENED.STEP.
HAPPENED = {
    "timeout": ("no answer within {seconds} s while {step}", "{step}时 {seconds} 秒内无应答"),
    "encryption": (
        "the server refuses while {step} ({status}); make it trust our certificate: `heatmon opcua certificate` shows it",
        "{step}时被服务器拒绝（{status}）；请让服务器信任本机证书：`heatmon opcua certificate` 可查看",
    ),
    "protocol": ("the server refuses while {step}: {status}", "{step}时被服务器拒绝：{status}"),
    "closed": ("the server closed the connection while {step}", "{step}时服务器关闭了连接"),
    "not_trusted_there": (
        "the server closed the connection while {step}: most likely it does not trust our certificate yet; accept it at the server (`heatmon opcua certificate` shows its thumbprint)",
        "{step}时服务器关闭了连接：很可能它尚未信任本机证书；请在服务器上接受（`heatmon opcua certificate` 可查看指纹）",
    ),
    "garbled": (
        "what came while {step} is no proper answer: {reason}",
        "{step}时收到的不是有效应答：{reason}",
    ),
}

TEXTS = {
    "opcua.address.numbered": (
        "{node}: numbers of namespaces move when a server restarts; write nsu=URI;… (`heatmon opcua browse` shows the URI)",
        "{node}：服务器重启后命名空间编号会变；请写 nsu=URI;…（`heatmon opcua browse` 可查看 URI）",
    ),
    "opcua.address.no_node": (
        "{node} is no node id; write nsu=URI;s=NAME, nsu=URI;i=NUMBER, or i=NUMBER",
        "{node} 不是节点编号；请写 nsu=URI;s=名称、nsu=URI;i=数字 或 i=数字",
    ),
    "opcua.address.no_step": (
        "{step} is no step of a path; write nsu=URI;NAME, or NAME in the same namespace as the step before",
        "{step} 不是路径的一级；请写 nsu=URI;名称，与上一级同命名空间时只写名称",
    ),
    "opcua.address.nowhere": ("write node or path", "请写 node 或 path"),
    "opcua.address.scaled_text": ("a text has no scale or offset", "文本没有 scale 或 offset"),
    "opcua.options.deadband": ("write either absolute or percent", "absolute 与 percent 只写其一"),
    "opcua.options.groups": (
        "options.groups names {unknown}; the device has {known}",
        "options.groups 写了 {unknown}；该设备有 {known}",
    ),
    "opcua.request.read": ("read of {nodes} nodes", "读取 {nodes} 个节点"),
    "opcua.request.subscription": (
        "subscription of {nodes} nodes, published every {interval} s",
        "订阅 {nodes} 个节点，每 {interval} 秒发布",
    ),
    "opcua.options.user": (
        "write name and password, or certificate and key",
        "请写 name 和 password，或 certificate 和 key",
    ),
    "opcua.trouble.user": (
        "the server refuses the user ({status}); check name, password or certificate, and that the server knows the user",
        "服务器拒绝该用户（{status}）；请检查用户名、口令或证书，并确认服务器中有此用户",
    ),
    "opcua.trouble.busy": (
        "the server has no room for us ({status}); close other clients or raise its limit of sessions",
        "服务器没有余量（{status}）；请关闭其他客户端或提高其会话数上限",
    ),
    "opcua.trouble.refused": (
        "nobody listens at this address and port; is the server running, is the port right?",
        "该地址和端口无人监听；服务器是否在运行，端口是否正确？",
    ),
    "opcua.trouble.no_host": (
        "the host name is not known here: {reason}; write its IP address or repair the name service",
        "无法解析主机名：{reason}；请改写 IP 地址或修复域名解析",
    ),
    "opcua.trouble.no_policy": (
        "the server does not offer {wanted}; it offers {offered}",
        "服务器不提供 {wanted}；它提供：{offered}",
    ),
    "opcua.trouble.only_weak": (
        "the server offers nothing but {offered}; enable Basic256Sha256 at the server, or name `policy: None` (or the retired one) in the settings if the network is protected otherwise",
        "服务器只提供 {offered}；请在服务器上启用 Basic256Sha256，若网络另有防护也可在配置中明确写出 `policy: None`（或该已废止策略）",
    ),
    "opcua.trouble.plain_password": (
        "the server wants the password unencrypted; secure the channel, or name `allow_plain_password: true`",
        "服务器要求明文口令；请启用通道加密，或明确写出 `allow_plain_password: true`",
    ),
    "opcua.trouble.other_certificate": (
        "the session was answered with another certificate than the trusted one; the password was not sent",
        "会话应答所用证书与已信任的证书不同；未发送口令",
    ),
    "opcua.trouble.silent": (
        "nothing was published for {seconds:.0f} s; the subscription is dead",
        "{seconds:.0f} 秒没有发布数据；订阅已失效",
    ),
    "opcua.trouble.ended": ("the server ended the subscription ({status})", "服务器终止了订阅（{status}）"),
    "opcua.trouble.not_connected": ("the link is not connected", "链路未连接"),
    "opcua.trouble.gone": ("the server has dropped the session ({status})", "服务器已丢弃会话（{status}）"),
    "opcua.why.namespace": ("the server has no namespace {uri}", "服务器没有命名空间 {uri}"),
    "opcua.why.path": ("no node at this path ({status})", "该路径下没有节点（{status}）"),
    "opcua.why.member": ("the structure has no member {member}", "该结构没有成员 {member}"),
    "opcua.why.structure": (
        "the server does not describe the structure of this node",
        "服务器未提供该节点的结构定义",
    ),
    "opcua.why.status": ("the server answers {status}", "服务器应答 {status}"),
    "opcua.wrong_nodes": (
        "{count} nodes give no value: {tags} ({why}); they are tried again every {seconds} s, the others are not affected",
        "{count} 个节点没有值：{tags}（{why}）；每 {seconds} 秒重试，其他测点不受影响",
    ),
    "opcua.nodes_back": ("nodes give values again: {tags}", "节点恢复取值：{tags}"),
    "opcua.batch": (
        "the server refuses {asked} nodes in one request; {nodes} are asked for from now on",
        "服务器拒绝一次请求 {asked} 个节点；今后每次请求 {nodes} 个",
    ),
    "opcua.dead_items": (
        "{count} subscribed nodes had changed without being published: {tags}; they were subscribed again",
        "{count} 个已订阅节点的变化未被发布：{tags}；已重新订阅",
    ),
    "opcua.overflow": (
        "{count} changes between two cycles were dropped: more came than {most}; raise the publishing interval or set a deadband",
        "两次周期之间丢弃了 {count} 个变化：超过 {most} 个；请加大发布间隔或设置死区",
    ),
    "opcua.clock": (
        "the server's clock is off by {seconds} s; its time stamps are left out, set its clock",
        "服务器时钟偏差 {seconds} 秒；其时间戳不予采用，请校准服务器时钟",
    ),
    "opcua.clock_right": ("the server's clock is right again", "服务器时钟已恢复正常"),
    "opcua.history.off": ("fetching history is switched off for this group", "该组已关闭历史补采"),
    "opcua.history.nothing": ("none of the nodes is there", "节点都不存在"),
    "opcua.history.refused": (
        "the server keeps no history of these nodes ({status})",
        "服务器不保存这些节点的历史（{status}）",
    ),
    "opcua.history.endless": ("the server's history does not come to an end", "服务器的历史数据没有结束标志"),
    "opcua.expires.own": (
        "our own certificate expires in {days} days; renew it with `heatmon opcua certificate --renew` and accept it at the servers",
        "本机证书将在 {days} 天后过期；请用 `heatmon opcua certificate --renew` 更新并在各服务器上接受",
    ),
    "opcua.expires.server": (
        "the server's certificate expires in {days} days; renew it at the server, then `heatmon opcua trust`",
        "服务器证书将在 {days} 天后过期；请在服务器上更新，然后运行 `heatmon opcua trust`",
    ),
    "opcua.certificate.untrusted": (
        "the server's certificate {thumbprint} is not trusted; compare the thumbprint with the one shown at the server, then run `heatmon opcua trust`",
        "服务器证书 {thumbprint} 未被信任；请与服务器上显示的指纹核对，然后运行 `heatmon opcua trust`",
    ),
    "opcua.certificate.not_yet": (
        "the server's certificate is valid only from {begins}; set the clocks of server and this machine",
        "服务器证书自 {begins} 起才有效；请校准服务器和本机的时钟",
    ),
    "opcua.certificate.expired": (
        "the server's certificate expired on {ended}; renew it at the server and trust the new one, or name `accept_expired: true` until then",
        "服务器证书已于 {ended} 过期；请在服务器上更新并信任新证书，或在此之前写出 `accept_expired: true`",
    ),
}

TEXTS |= {
    f"opcua.{happened}.{step}": (english.replace("{step}", step_en), chinese.replace("{step}", step_zh))
    for happened, (english, chinese) in HAPPENED.items()
    for step, (step_en, step_zh) in STEPS.items()
}
