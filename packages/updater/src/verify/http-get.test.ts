import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { httpGet } from "./http-get.ts";

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A bare server, told the number of the connection and the request on it. */
async function serve(onRequest: (socket: Socket, connection: number, request: number) => void): Promise<string> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const connection = ++connections;
    let requests = 0;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", () => onRequest(socket, connection, ++requests));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
}

const limits = { maxBytes: 100, timeoutMs: 10_000 };

test("a kept connection that the server closes is replaced without a failure", async () => {
  const seen: string[] = [];
  const url = await serve((socket, connection, request) => {
    seen.push(`${connection}.${request}`);
    if (request === 1) socket.write(answer);
    else socket.resetAndDestroy();
  });
  expect(String((await httpGet(url, limits)).body)).toBe("ok");
  expect(String((await httpGet(url, limits)).body)).toBe("ok");
  expect(seen).toEqual(["1.1", "1.2", "2.1"]);
});

test("a new connection that is reset is a failure", async () => {
  const url = await serve((socket) => socket.resetAndDestroy());
  await expect(httpGet(url, limits)).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
});

test("a body that ends early is a failure", async () => {
  const url = await serve((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"));
  await expect(httpGet(url, limits)).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
});

test("a body may have as many bytes as allowed, and not one more", async () => {
  const url = await serve((socket) => socket.write(answer));
  expect((await httpGet(url, { ...limits, maxBytes: 2 })).body).toHaveLength(2);
  await expect(httpGet(url, { ...limits, maxBytes: 1 })).rejects.toMatchObject({ code: "UNTRUSTED" });
});

test("no proxy is taken from the environment", async () => {
  const url = await serve((socket) => socket.end(answer));
  const proxy = await serve((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy"));
  const program = `
    import { httpGet } from ${JSON.stringify(new URL("./http-get.ts", import.meta.url).href)};
    console.log(String((await httpGet(${JSON.stringify(url)}, { maxBytes: 100, timeoutMs: 10000 })).body));`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
    env: { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: new URL(proxy).origin },
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(await text(child.stdout)).toBe("ok\n");
});
