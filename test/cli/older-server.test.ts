import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Desk, openDesk, pipelineText } from "./harness.ts";

/** What a server said before it warned of anything, by request. */
const answers: Readonly<Record<string, object>> = {
  "PUT /api/v1/apps/myapp/pipeline": { app: "myapp", digest: "0", changed: true, created: true, stages: ["dev"] },
  "GET /api/v1/apps/myapp/status": { app: "myapp" },
};

let server: Server;
let desk: Desk;
beforeEach(async () => {
  server = createServer((request, response) => {
    const answer = answers[`${request.method} ${request.url}`];
    request.resume();
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { code: "ROUTE_NOT_FOUND", detail: `There is no ${request.url}.` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  desk = await openDesk({ SLUICE_URL: `http://127.0.0.1:${port}`, SLUICE_TOKEN: "x", SLUICE_APP: "myapp" });
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await desk.clear();
});

it("applies a pipeline to a server that knows no warnings", async () => {
  await desk.file("sluice.yaml", pipelineText());
  expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0, out: "Created myapp: dev\n" });
});

it("says that the server may be older where it does not know a request, or answers otherwise than expected", async () => {
  expect(await desk.sluice(["freeze", "--all", "--reason", "x"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/There is no \/api\/v1\/apps\/myapp\/freeze\.[\s\S]*may be older than this command/),
  });
  const odd = await desk.sluice(["status"]);
  expect(odd).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/another version than this command/) });
  expect(odd.err).not.toMatch(/\n\s+at /);
});
