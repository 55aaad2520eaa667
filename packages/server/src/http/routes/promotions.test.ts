import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

const app = "/api/v1/apps/shop";
let sluice: TestServer;

beforeAll(async () => {
  sluice = await startTestServer();
  const body = pipelineOf("shop", {
    dev: "",
    beta: "gates: [{ soak: 1h }]",
    stable: "gates: [{ soak: 1h }], rollout: { steps: [{ to: 10%, hold: 1h }, { to: 100% }] }",
  });
  await sluice.call("PUT", `${app}/pipeline`, { body });
  await sluice.publish("shop", "1.0.0");
  await liveIn("dev", "1.0.0");
});
afterAll(() => sluice.close());

interface Stage {
  readonly name: string;
  readonly live: { readonly version: string } | null;
  readonly active: { readonly version: string; readonly status: string; readonly promotion: string } | null;
}

async function stage(name: string): Promise<Stage | undefined> {
  const { body } = await sluice.call("GET", `${app}/status`);
  return (body.stages as Stage[]).find((candidate) => candidate.name === name);
}

function liveIn(name: string, version: string): Promise<void> {
  return sluice.until(`${version} is live in ${name}`, async () => (await stage(name))?.live?.version === version);
}

const promote = (version: string, to: string, override?: string) =>
  sluice.call("POST", `${app}/promotions`, {
    body: { version, stage: to, ...(override === undefined ? {} : { override }) },
  });

test("a promotion by hand waits for the gates, an override passes over them, and the log says who", async () => {
  const asked = await promote("1.0.0", "beta");
  expect(asked).toMatchObject({
    status: 200,
    body: {
      promotion: "beta-1",
      standing: "waiting",
      gates: expect.arrayContaining([expect.objectContaining({ gate: "soak", verdict: "wait" })]),
    },
  });
  const why = await sluice.call("GET", `${app}/why/1.0.0/beta`);
  expect(why.body).toMatchObject({
    version: "1.0.0",
    stage: "beta",
    standing: "waiting",
    earliest: expect.any(String),
  });
  const overridden = await promote("1.0.0", "beta", "urgent");
  expect(overridden.status).toBe(200);
  await liveIn("beta", "1.0.0");
  const history = await sluice.call("GET", `${app}/history?stage=beta`);
  expect(history.body).toMatchObject({ total: 1, deployments: [{ promotion: "beta-1", override: "admin: urgent" }] });
  expect((await promote("1.0.0", "beta")).body).toMatchObject({ status: 409, code: "ALREADY_LIVE" });
});

test("a rollout is paused, resumed and aborted by its id", async () => {
  const started = await promote("1.0.0", "stable", "urgent");
  const id = started.body.promotion as string;
  await sluice.until("stable is rolling out", async () => (await stage("stable"))?.active?.status === "active");
  const paused = await sluice.call("POST", `${app}/promotions/${id}/pause`, { body: { reason: "lunch" } });
  expect(paused).toMatchObject({ status: 200, body: { promotion: id, standing: "paused" } });
  expect((await sluice.call("POST", `${app}/promotions/${id}/resume`)).body).toMatchObject({ standing: "rolling-out" });
  const aborted = await sluice.call("POST", `${app}/promotions/${id}/abort`, { body: { reason: "no" } });
  expect(aborted).toMatchObject({ status: 200, body: { promotion: id } });
  expect((await sluice.call("POST", `${app}/promotions/${id}/resume`)).body).toMatchObject({
    status: 409,
    code: "PROMOTION_NOT_ACTIVE",
  });
});

test("a stage goes back at once, to the last good release", async () => {
  await sluice.publish("shop", "1.1.0");
  await liveIn("dev", "1.1.0");
  expect((await promote("1.0.0", "dev")).body).toMatchObject({ status: 409, code: "NOT_NEWER" });
  const back = await sluice.call("POST", `${app}/stages/dev/rollback`, { body: { reason: "slow" } });
  expect(back.status).toBe(200);
  expect(back.body).toMatchObject({ stage: "dev", from: "1.1.0", to: "1.0.0", promotion: "dev-2" });
  expect((await stage("dev"))?.live?.version).toBe("1.0.0");
  const nothing = await sluice.call("POST", `${app}/stages/dev/rollback`, { body: { reason: "more" } });
  expect(nothing.body).toMatchObject({ status: 409, code: "NOTHING_TO_ROLL_BACK" });
  const refused = await promote("1.1.0", "dev");
  expect(refused.body).toMatchObject({ status: 409, code: "GATES_CLOSED" });
});

test("an issue is opened against a release, shown, and resolved once", async () => {
  const opened = await sluice.call("POST", `${app}/issues`, {
    body: { version: "1.0.0", title: "Slow", severity: "critical" },
  });
  expect(opened).toMatchObject({ status: 201, body: { version: "1.0.0", severity: "critical", openedBy: "admin" } });
  const { id } = opened.body;
  expect((await sluice.call("GET", `${app}/issues?open=true`)).body.issues).toEqual([opened.body]);
  const resolved = await sluice.call("POST", `${app}/issues/${id}/resolve`, { body: { comment: "faster now" } });
  expect(resolved.body.resolved).toMatchObject({ by: "admin", comment: "faster now" });
  expect((await sluice.call("GET", `${app}/issues?open=true`)).body.issues).toEqual([]);
  expect((await sluice.call("POST", `${app}/issues/${id}/resolve`)).body).toMatchObject({
    status: 409,
    code: "ISSUE_RESOLVED",
  });
  expect((await sluice.call("POST", `${app}/issues/nothing/resolve`)).body).toMatchObject({
    status: 404,
    code: "ISSUE_NOT_FOUND",
  });
});

test.each([
  ["POST", "/promotions", { version: "9.9.9", stage: "beta" }, 404, "RELEASE_NOT_FOUND"],
  ["POST", "/promotions", { version: "1.0.0", stage: "bta" }, 404, "STAGE_NOT_FOUND"],
  ["POST", "/promotions", { version: "1.0.0" }, 400, "REQUEST_INVALID"],
  ["POST", "/promotions/beta-99/pause", {}, 404, "PROMOTION_NOT_FOUND"],
  ["POST", "/stages/beta/rollback", { reason: "" }, 422, "REASON_REQUIRED"],
  ["POST", "/stages/beta/rollback", { reason: "x", to: "1.1.0" }, 409, "ROLLBACK_TARGET_INVALID"],
  ["POST", "/issues", { version: "9.9.9", title: "x" }, 404, "RELEASE_NOT_FOUND"],
  ["POST", "/issues", { version: "1.0.0", title: "x", severity: "awful" }, 400, "REQUEST_INVALID"],
  ["GET", "/why/1.0.0/nowhere", undefined, 404, "STAGE_NOT_FOUND"],
  ["GET", "/history?limit=0", undefined, 400, "REQUEST_INVALID"],
])("%s %s with %j is refused with %i %s", async (method, path, body, status, code) => {
  const refused = await sluice.call(method, app + path, body === undefined ? {} : { body });
  expect({ status: refused.status, code: refused.body.code }).toEqual({ status, code });
});
