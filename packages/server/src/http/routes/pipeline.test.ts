import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
});
afterAll(() => sluice.close());

test("applying makes the application, applying the same again changes nothing", async () => {
  const body = pipelineOf("made", { dev: "", beta: "gates: [{ soak: 1h }]" });
  const first = await sluice.call("PUT", "/api/v1/apps/made/pipeline", { body });
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ app: "made", created: true, changed: true, stages: ["dev", "beta"] });
  const again = await sluice.call("PUT", "/api/v1/apps/made/pipeline", { body: { source: body } });
  expect(again.body).toMatchObject({ created: false, changed: false, digest: first.body.digest });
  const shown = await sluice.call("GET", "/api/v1/apps/made/pipeline");
  expect(shown.body).toMatchObject({ app: "made", digest: first.body.digest, source: body });
  const { apps } = (await sluice.call("GET", "/api/v1/apps")).body;
  expect(apps).toContainEqual({ app: "made", seq: 1, stages: ["dev", "beta"], live: { dev: null, beta: null } });
  const { events } = (await sluice.call("GET", "/api/v1/apps/made/events")).body as { events: { actor: string }[] };
  expect(events.map((event) => event.actor)).toEqual(["admin"]);
});

test("a malformed file is refused with the place and the mend of each fault", async () => {
  const body = pipelineOf("bad", { dev: "", beta: "gates: [{ soak: soon }]" });
  const { status, body: problem, headers } = await sluice.call("PUT", "/api/v1/apps/bad/pipeline", { body });
  expect(status).toBe(422);
  expect(headers.get("content-type")).toContain("application/problem+json");
  expect(problem).toMatchObject({ type: "/problems/PIPELINE_INVALID", status: 422, code: "PIPELINE_INVALID" });
  expect(problem.problems).toEqual([
    expect.objectContaining({ line: 5, path: "stages[1].gates[0].soak", message: expect.stringContaining("24h") }),
  ]);
});

test("a file for another application is refused", async () => {
  const body = pipelineOf("one", { dev: "" });
  expect((await sluice.call("PUT", "/api/v1/apps/two/pipeline", { body })).body.code).toBe("PIPELINE_INVALID");
});

test("a dry run tells what would follow, and changes nothing", async () => {
  const path = "/api/v1/apps/dry/pipeline";
  const body = pipelineOf("dry", { dev: "", beta: "gates: [{ soak: 24h }]" });
  const made = await sluice.call("POST", `${path}/dry-run`, { body });
  expect(made).toMatchObject({ status: 200, body: { app: "dry", created: true, changed: true } });
  expect((await sluice.call("GET", path)).status).toBe(404);
  await sluice.call("PUT", path, { body });
  await sluice.publish("dry", "1.0.0");
  await sluice.until("1.0.0 waits for beta", async () => {
    const { stages } = (await sluice.call("GET", "/api/v1/apps/dry/status")).body as {
      stages: { waiting: unknown[] }[];
    };
    return stages[1]?.waiting.length === 1;
  });
  const { pipelineDigest } = (await sluice.call("GET", "/api/v1/apps/dry/status")).body;
  const viewer = await sluice.token("viewer");
  const change = pipelineOf("dry", { dev: "", beta: "" });
  const run = await sluice.call("POST", `${path}/dry-run`, { body: change, token: viewer });
  expect(run.body.power).toMatchObject([
    { stage: "dev", clients: 10_000, clientsKnown: false },
    { stage: "beta", surelyCaught: 0.02 },
  ]);
  expect((run.body.stages as unknown[])[1]).toMatchObject({
    stage: "beta",
    change: "changed",
    promotions: [{ version: "1.0.0", gates: [{ gate: "soak", after: null }], follows: [{ what: "started" }, {}, {}] }],
  });
  expect((await sluice.call("GET", "/api/v1/apps/dry/status")).body).toMatchObject({ pipelineDigest });
  const broken = await sluice.call("POST", `${path}/dry-run`, {
    body: pipelineOf("dry", { dev: "gates: [{ soak: 1 }]" }),
  });
  expect(broken.body).toMatchObject({ code: "PIPELINE_INVALID", problems: [{ line: 4 }] });
});

test("an unknown application gets the nearest names", async () => {
  await sluice.call("PUT", "/api/v1/apps/calculator/pipeline", { body: pipelineOf("calculator", { dev: "" }) });
  const { status, body } = await sluice.call("GET", "/api/v1/apps/calculater/status");
  expect(status).toBe(404);
  expect(body).toMatchObject({ code: "APP_NOT_FOUND", nearest: ["calculator"] });
});

test("the schema of the file can be had, by editors without a token", async () => {
  const { status, body } = await sluice.call("GET", "/api/v1/pipeline.schema.json", { token: null });
  expect(status).toBe(200);
  expect(body.properties).toHaveProperty("stages");
});
