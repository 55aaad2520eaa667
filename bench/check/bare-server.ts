/** What is compared with: node:http and a constant body of argv[2] bytes. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerParent } from "./child.ts";

const body = "x".repeat(Number(process.argv[2]));
const headers = { "Content-Type": "application/json", "Content-Length": body.length };
const server = createServer((_request, response) => {
  response.writeHead(200, headers).end(body);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
answerParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
  server.close();
});
