/**
 * A release whose program is this script: an HTTP server on the port of the environment, which says which version it is.
 * `broken` programs run, but are not healthy; `crashing` ones end at once.
 */
export function programOf(version: string, behaviour: "good" | "broken" | "crashing" = "good"): Buffer {
  return Buffer.from(`#!/usr/bin/env node
"use strict";
if (${behaviour === "crashing"}) process.exit(3);
const server = require("node:http").createServer((request, response) => {
  response.writeHead(${behaviour === "broken" ? 500 : 200});
  response.end(JSON.stringify({ version: ${JSON.stringify(version)}, pid: process.pid }));
});
server.on("error", () => process.exit(4));
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`);
}
