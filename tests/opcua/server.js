// An OPC UA server to test against. Options come as JSON in the first argument, orders as lines on
// standard input, answers as lines on standard output.
"use strict";
const readline = require("readline");
const { OPCUAServer } = require("node-opcua-server");
const { Variant, DataType } = require("node-opcua-variant");
const { StatusCodes } = require("node-opcua-status-code");
const { SecurityPolicy, MessageSecurityMode } = require("node-opcua-secure-channel");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");

const options = JSON.parse(process.argv[2]);
const held = new Map(); // name -> {value, status}
let server = null;

async function start() {
    const manager = new OPCUACertificateManager({ rootFolder: options.folder, automaticallyAcceptUnknownCertificate: true });
    await manager.initialize();
    server = new OPCUAServer({
        port: options.port,
        host: "127.0.0.1",
        hostname: "127.0.0.1",
        serverCertificateManager: manager,
        serverInfo: { applicationUri: "urn:node-opcua:heatmon-test" },
        securityPolicies: options.policies.map((one) => SecurityPolicy[one]),
        securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
        allowAnonymous: options.anonymous,
        maxConnectionsPerEndpoint: 50,
        serverCapabilities: {
            maxSessions: options.maxSessions,
            operationLimits: { maxNodesPerRead: options.maxNodesPerRead, maxMonitoredItemsPerCall: options.maxNodesPerRead },
        },
        userManager: { isValidUser: (user, password) => options.users[user] === password },
        disableDiscovery: true,
    });
    await server.initialize();
    for (const uri of options.before) server.engine.addressSpace.registerNamespace(uri);
    const ours = server.engine.addressSpace.registerNamespace("urn:plant");
    const folder = ours.addFolder("ObjectsFolder", { browseName: "Plant" });
    for (let n = 0; n < options.count; n++) {
        const name = `v${n}`;
        if (!held.has(name)) held.set(name, { value: n, status: "Good" });
        const node = ours.addVariable({ componentOf: folder, browseName: name, nodeId: `s=${name}`, dataType: "Double" });
        held.get(name).node = node;
        show(name);
    }
    await server.start();
    // After a restart it is the same server at the same place.
    options.port = server.endpoints[0].port;
    console.log(`ready ${options.port}`);
}

function show(name) {
    const { node, value, status } = held.get(name);
    node.setValueFromSource(new Variant({ dataType: DataType.Double, value }), StatusCodes[status], new Date());
}

async function obey(line) {
    const [order, ...words] = line.split(" ");
    if (order === "set") {
        const [name, value, status] = words;
        Object.assign(held.get(name), { value: Number(value), status: status || "Good" });
        show(name);
    } else if (order === "all") {
        for (const [name, one] of held) {
            one.value += 1;
            show(name);
        }
    } else if (order === "every") {
        setInterval(() => obey("all"), Number(words[0]));
    } else if (order === "restart") {
        options.before = words;
        await server.shutdown(0);
        await start();
        return;
    } else if (order === "sessions") {
        console.log(`sessions ${server.engine.currentSessionCount}`);
        return;
    }
    console.log("done");
}

start().then(() => {
    let queue = Promise.resolve();
    readline.createInterface({ input: process.stdin }).on("line", (line) => {
        queue = queue.then(() => obey(line));
    }).on("close", () => process.exit(0));
}).catch((error) => {
    console.error(error);
    process.exit(1);
});
