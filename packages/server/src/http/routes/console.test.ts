import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../test-server.ts";

let consoleDir: string;
let built: TestServer;
let unbuilt: TestServer;

beforeAll(async () => {
  consoleDir = await mkdtemp(join(tmpdir(), "sluice-console-"));
  await mkdir(join(consoleDir, "assets"));
  await writeFile(join(consoleDir, "index.html"), "<title>The console</title>");
  await writeFile(join(consoleDir, "assets", "index-abc123.js"), "run()");
  built = await startTestServer({ consoleDir });
  unbuilt = await startTestServer({ consoleDir: join(consoleDir, "nothing") });
});

afterAll(async () => {
  await Promise.all([built.close(), unbuilt.close()]);
  await rm(consoleDir, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => built.call("GET", path, { token: null, headers });

test("the console is at the root, for everybody, and says who may embed it", async () => {
  const page = await get("/");
  expect(page).toMatchObject({ status: 200, text: "<title>The console</title>" });
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  expect((await get("/", { "if-none-match": page.headers.get("etag") ?? "" })).status).toBe(304);
});

test("its assets may be kept for ever, its page may not", async () => {
  const script = await get("/assets/index-abc123.js");
  expect(script).toMatchObject({ status: 200, text: "run()" });
  expect(script.headers.get("content-type")).toContain("text/javascript");
  expect(script.headers.get("cache-control")).toContain("immutable");
  expect((await get("/")).headers.get("cache-control")).toBe("no-cache");
});

test.each([
  "/../package.json",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/assets",
  "/assets/",
  "/assets/..%2findex.html",
  "/nothing.js",
  "//index.html",
])("%s leads nowhere", async (path) => {
  expect((await get(path)).body).toMatchObject({ status: 404, code: "ROUTE_NOT_FOUND" });
});

test("without a build, the page says how to make one", async () => {
  const page = await unbuilt.call("GET", "/", { token: null });
  expect(page.status).toBe(200);
  expect(page.text).toContain("npm run build");
});
