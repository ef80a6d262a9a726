"""Texts of `heatmon opcua`."""

TEXTS = {
    "cli.opcua": (
        "look at an OPC UA server, find what is wrong, trust its certificate",
        "查看 OPC UA 服务器、诊断问题、信任其证书",
    ),
    "opcua.tool.browse": (
        "the nodes as a tree with live values, or as tags",
        "以树形显示节点及实时值，或生成测点",
    ),
    "opcua.tool.doctor": ("everything that is wrong, each with its remedy", "列出全部问题及其解决办法"),
    "opcua.tool.trust": ("trust the server's certificate from now on", "从现在起信任该服务器的证书"),
    "opcua.tool.certificate": ("our own certificate", "本机证书"),
    "opcua.tool.renew": ("make a new one; servers must accept it again", "重新生成；各服务器需再次接受"),
    "opcua.tool.start": ("begin at this node (nsu=URI;s=NAME)", "从该节点开始（nsu=URI;s=名称）"),
    "opcua.tool.depth": ("how many levels", "层数"),
    "opcua.tool.search": ("only nodes whose path contains this", "只显示路径包含该文字的节点"),
    "opcua.tool.all": ("the server's own nodes too", "包括服务器自身的节点"),
    "opcua.tool.yaml": ("write tags for this device and group instead", "改为生成该设备和组的测点"),
    "opcua.tool.yaml_head": (
        "{count} tags found; give each its name, unit and range, and delete what is not needed",
        "共 {count} 个测点；请逐一填写名称、单位和量程，并删除不需要的",
    ),
    "opcua.tool.user": ("user name", "用户名"),
    "opcua.tool.password": (
        "where the password is: ${{env:NAME}} or ${{credential:NAME}}",
        "口令所在：${{env:NAME}} 或 ${{credential:NAME}}",
    ),
    "opcua.tool.thumbprint": ("trust it only if it is this one", "仅当指纹一致时信任"),
    "opcua.tool.failed": ("{endpoint}: {why}", "{endpoint}：{why}"),
    "opcua.tool.no_start": (
        "there is no node {node}; write nsu=URI;s=NAME",
        "没有节点 {node}；请写 nsu=URI;s=名称",
    ),
    "opcua.tool.cut": (
        "only the first {most} nodes are shown; use --from or --search",
        "只显示前 {most} 个节点；请使用 --from 或 --search",
    ),
    "opcua.tool.shown": (
        "thumbprint  {thumbprint}\nsubject     {subject}\napplication {uri}\nhosts       {hosts}\nvalid until {ends} ({days} days)",
        "指纹    {thumbprint}\n主体    {subject}\n应用    {uri}\n主机    {hosts}\n有效至  {ends}（{days} 天）",
    ),
    "opcua.tool.question": (
        "Does the thumbprint agree with the one shown at the server? (yes/no) ",
        "指纹与服务器上显示的一致吗？（是/否）",
    ),
    "opcua.tool.trusted_already": ("it is trusted already", "已被信任"),
    "opcua.tool.trusted_now": ("it is trusted from now on: {file}", "现已信任：{file}"),
    "opcua.tool.not_trusted": ("it was not trusted", "未信任"),
    "opcua.tool.nobody_asked": (
        "nobody is there to compare it; give the thumbprint with --thumbprint",
        "没有人核对；请用 --thumbprint 给出指纹",
    ),
    "opcua.tool.no_certificate": (
        "the server shows no certificate: it offers no security; enable a policy at the server, or name `policy: None`",
        "服务器没有证书：未启用安全策略；请在服务器上启用，或明确写出 `policy: None`",
    ),
    "opcua.tool.unreadable": (
        "the server's certificate cannot be read: {reason}",
        "无法读取服务器证书：{reason}",
    ),
    "opcua.tool.own_damaged": (
        "our own key and certificate cannot be used: {reason}; restore them, or run `heatmon opcua certificate --renew`",
        "本机密钥和证书无法使用：{reason}；请恢复，或运行 `heatmon opcua certificate --renew`",
    ),
    "opcua.tool.own_file": ("file        {file}", "文件    {file}"),
    "opcua.doctor.reachable": ("{host}:{port} answers ({address})", "{host}:{port} 有应答（{address}）"),
    "opcua.doctor.unreachable": (
        "{host}:{port} cannot be reached ({reason}); check cable, switch, address and firewall",
        "无法到达 {host}:{port}（{reason}）；请检查网线、交换机、地址和防火墙",
    ),
    "opcua.doctor.offers": ("the server offers {offered}", "服务器提供 {offered}"),
    "opcua.doctor.retired": (
        "retired policies are enabled at the server: {retired}; switch them off there",
        "服务器启用了已废止的策略：{retired}；请在服务器上关闭",
    ),
    "opcua.doctor.open_too": (
        "the server also talks without any security; switch that off there when everybody is connected",
        "服务器同时允许无加密连接；全部接入后请在服务器上关闭",
    ),
    "opcua.doctor.other_host": (
        "the server calls itself {names}, it was asked as {asked}; heatmon goes on with {asked}, other clients may not",
        "服务器自称 {names}，而访问地址为 {asked}；heatmon 仍用 {asked}，其他客户端可能不行",
    ),
    "opcua.doctor.tokens": ("users are accepted as {tokens}", "接受的用户类型：{tokens}"),
    "opcua.doctor.user_wanted": (
        "the server wants a user ({tokens}); give one with --user and --password, and in the settings under `user`",
        "服务器需要用户（{tokens}）；请用 --user 和 --password 给出，并写入配置的 `user`",
    ),
    "opcua.doctor.trusted": (
        "its certificate {thumbprint} is trusted and valid",
        "其证书 {thumbprint} 已受信任且有效",
    ),
    "opcua.doctor.uri": (
        "the certificate names the application {certificate}, the server calls itself {uri}; make it a new certificate there",
        "证书中的应用名为 {certificate}，服务器自称 {uri}；请在服务器上重新生成证书",
    ),
    "opcua.doctor.host": (
        "the certificate is for {hosts}, not for {host}; heatmon compares the trusted certificate itself, other clients refuse",
        "证书主机为 {hosts}，不含 {host}；heatmon 核对的是已信任的证书本身，其他客户端会拒绝",
    ),
    "opcua.doctor.short_key": (
        "its key has only {bits} bits; 2048 are the least today",
        "其密钥只有 {bits} 位；现今至少 2048 位",
    ),
    "opcua.doctor.weak_signature": (
        "its certificate is signed with {algorithm}; make one with SHA-256 at the server",
        "其证书使用 {algorithm} 签名；请在服务器上改用 SHA-256",
    ),
    "opcua.doctor.own": ("our certificate is {thumbprint}, {uri}", "本机证书 {thumbprint}，{uri}"),
    "opcua.doctor.session": ("a session works: {policy}, as {user}", "会话正常：{policy}，用户 {user}"),
    "opcua.doctor.looked": ("not everything could be looked at: {reason}", "部分内容无法查看：{reason}"),
    "opcua.doctor.state": (
        "the server says of itself: {state}; look at it there",
        "服务器自报状态：{state}；请在服务器上检查",
    ),
    "opcua.doctor.clock": ("its clock is right ({seconds} s off)", "其时钟正常（偏差 {seconds} 秒）"),
    "opcua.doctor.sessions": ("{now} of {most} sessions are in use", "会话已用 {now} / {most}"),
    "opcua.doctor.few_sessions": (
        "all {most} sessions are in use ({now}); end other clients or raise the limit, or heatmon may not get back in",
        "{most} 个会话已用满（{now}）；请关闭其他客户端或提高上限，否则 heatmon 断线后可能无法重连",
    ),
    "opcua.doctor.limits": (
        "limits: {read} nodes a read, {items} items a call (0: none stated), sessions end after {timeout} s of silence",
        "限制：每次读 {read} 个节点，每次订阅 {items} 项（0 为未声明），会话静默 {timeout} 秒后结束",
    ),
    "opcua.doctor.namespaces": ("namespaces: {namespaces}", "命名空间：{namespaces}"),
}
