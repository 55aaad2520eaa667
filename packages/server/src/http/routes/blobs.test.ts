import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256Of, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
});
afterAll(() => sluice.close());

const put = (sha256: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  sluice.call("PUT", `/api/v1/blobs/${sha256}`, { body, headers });
const head = (sha256: string) => sluice.call("HEAD", `/api/v1/blobs/${sha256}`);

/** Announces a whole upload, sends only the beginning, and breaks off. */
async function breakOff(sha256: string, total: number, beginning: Uint8Array): Promise<void> {
  const socket = connect(sluice.server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `PUT /api/v1/blobs/${sha256} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${sluice.adminToken}\r\n` +
      `Content-Type: application/octet-stream\r\nContent-Length: ${total}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.write(beginning, resolve));
  await sluice.until(
    "the beginning is kept",
    async () => Number((await head(sha256)).headers.get("upload-offset")) === beginning.length,
  );
  socket.destroy();
}

test("content is uploaded once and downloaded whole or in part", async () => {
  const bytes = randomBytes(300_000);
  const sha256 = sha256Of(bytes);
  expect(await put(sha256, bytes)).toMatchObject({ status: 201, body: { sha256, size: 300_000, complete: true } });
  expect(await put(sha256, bytes)).toMatchObject({ status: 200 });
  expect((await head(sha256)).headers.get("content-length")).toBe("300000");
  const url = `${sluice.server.url}/api/v1/blobs/${sha256}`;
  const authorization = `Bearer ${sluice.adminToken}`;
  const whole = await fetch(url, { headers: { authorization } });
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
  expect(whole.headers.get("etag")).toBe(`"${sha256}"`);
  const part = await fetch(url, { headers: { authorization, range: "bytes=100-199" } });
  expect(part.status).toBe(206);
  expect(part.headers.get("content-range")).toBe("bytes 100-199/300000");
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
  const beyond = await fetch(url, { headers: { authorization, range: "bytes=300000-" } });
  expect(beyond.status).toBe(416);
  expect(beyond.headers.get("content-range")).toBe("bytes */300000");
  const unchanged = await fetch(url, { headers: { authorization, "if-none-match": `"${sha256}"` } });
  expect(unchanged.status).toBe(304);
});

test("content without a byte can be uploaded", async () => {
  const sha256 = sha256Of("");
  expect((await put(sha256, new Uint8Array())).status).toBe(201);
  expect((await head(sha256)).headers.get("content-length")).toBe("0");
});

test("an upload cut in the middle shows nothing and goes on where it broke off", async () => {
  const bytes = randomBytes(400_000);
  const sha256 = sha256Of(bytes);
  await breakOff(sha256, bytes.length, bytes.subarray(0, 150_000));
  await sluice.until("the broken upload is given up", async () => {
    const wrong = await put(sha256, bytes.subarray(7), { "content-range": "bytes 7-399999/400000" });
    return wrong.body.code === "UPLOAD_OFFSET_MISMATCH" && wrong.headers.get("upload-offset") === "150000";
  });
  expect(await head(sha256)).toMatchObject({ status: 404 });
  expect((await sluice.call("GET", `/api/v1/blobs/${sha256}`)).body.code).toBe("BLOB_NOT_FOUND");
  const part = await put(sha256, bytes.subarray(150_000, 200_000), { "content-range": "bytes 150000-199999/400000" });
  expect(part).toMatchObject({ status: 202, body: { complete: false, size: 200_000 } });
  expect(part.headers.get("upload-offset")).toBe("200000");
  expect((await put(sha256, bytes.subarray(200_000), { "content-range": "bytes 200000-399999/400000" })).status).toBe(
    201,
  );
  expect((await head(sha256)).headers.get("content-length")).toBe("400000");
});

test("bytes with another digest are refused, and nothing is kept", async () => {
  const sha256 = sha256Of("what was meant");
  const refused = await put(sha256, Buffer.from("what was sent!"));
  expect(refused.body).toMatchObject({ status: 422, code: "BLOB_DIGEST_MISMATCH" });
  const after = await head(sha256);
  expect(after.status).toBe(404);
  expect(after.headers.get("upload-offset")).toBe("0");
});

test.each(["bytes 5-2/10", "bytes 0-9/5", "0-9/10", "bytes 0-1/10"])(
  "a part that says %s of ten bytes is refused",
  async (range) => {
    const { body } = await put(sha256Of("x"), Buffer.alloc(10), { "content-range": range });
    expect(body).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
  },
);

test("content that is announced larger than may be is refused", async () => {
  const { body } = await put(sha256Of("y"), Buffer.from("y"), { "content-range": `bytes 0-0/${5 * 1024 ** 3}` });
  expect(body).toMatchObject({ status: 413, code: "BLOB_TOO_LARGE" });
});

test.each(["abc", "A".repeat(64), "..%2f..%2fadmin.token"])("%s is no digest", async (name) => {
  expect((await sluice.call("GET", `/api/v1/blobs/${name}`)).body).toMatchObject({
    status: 400,
    code: "REQUEST_INVALID",
  });
});
