import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

const gate = "gates: [{ approval: { from: [tech-lead, ops], count: 2 } }]";
let sluice: TestServer;
const tokens: Record<string, string> = {};

async function person(name: string, groups?: readonly string[], role = "approver"): Promise<string> {
  const body = { name, role, ...(groups === undefined ? {} : { groups }) };
  return String((await sluice.call("POST", "/api/v1/tokens", { body })).body.token);
}

beforeAll(async () => {
  sluice = await startTestServer();
  tokens.lead = await person("tech-lead");
  tokens.ops = await person("olga", ["ops"]);
  tokens.other = await person("otto", ["sales"]);
});
afterAll(() => sluice.close());

async function waitingApp(app: string): Promise<string> {
  await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body: pipelineOf(app, { dev: "", beta: gate }) });
  await sluice.publish(app, "1.0.0");
  await sluice.until("it waits for beta", async () => {
    const { body } = await sluice.call("GET", `/api/v1/apps/${app}/why/1.0.0/beta`);
    return body.standing === "waiting" && body.promotion === "beta-1";
  });
  return `/api/v1/apps/${app}/promotions/beta-1/approvals`;
}

test("two of those who are named let a release in, and the record says who", async () => {
  const path = await waitingApp("shop");
  const first = await sluice.call("POST", path, { token: tokens.lead ?? "", body: { comment: "fine" } });
  expect(first.status).toBe(201);
  expect(first.body).toMatchObject({ standing: "waiting", promotion: "beta-1" });
  const again = await sluice.call("POST", path, { token: tokens.lead ?? "", body: {} });
  expect([again.status, again.body.code]).toEqual([409, "APPROVAL_EXISTS"]);
  const stranger = await sluice.call("POST", path, { token: tokens.other ?? "", body: {} });
  expect([stranger.status, stranger.body.code]).toEqual([403, "APPROVER_NOT_NAMED"]);
  const outdated = await sluice.call("POST", path, { token: tokens.ops ?? "", body: { digest: "0".repeat(64) } });
  expect([outdated.status, outdated.body.code]).toEqual([409, "APPROVAL_OUTDATED"]);
  const second = await sluice.call("POST", path, { token: tokens.ops ?? "", body: {} });
  expect(second.body.standing).not.toBe("waiting");
  const { body } = await sluice.call("GET", "/api/v1/apps/shop/history?stage=beta");
  expect(body.deployments).toMatchObject([{ approvals: [{ by: "tech-lead", comment: "fine" }, { by: "olga" }] }]);
});

test("what somebody approved counts no more once their token is revoked, also if the server stops in between", async () => {
  tokens.gone = await person("greta", ["ops"]);
  const paths = [await waitingApp("one"), await waitingApp("two")];
  for (const path of paths) await sluice.call("POST", path, { token: tokens.gone, body: {} });
  expect((await sluice.call("DELETE", "/api/v1/tokens/greta")).status).toBe(200);
  await sluice.restart();
  for (const app of ["one", "two"]) {
    await sluice.until(`${app} knows`, async () => {
      const { body } = await sluice.call("GET", `/api/v1/apps/${app}/events?limit=500`);
      return (body.events as { type: string }[]).some(({ type }) => type === "ApprovalVoided");
    });
    const { body } = await sluice.call("GET", `/api/v1/apps/${app}/why/1.0.0/beta`);
    expect(body.gates).toContainEqual(
      expect.objectContaining({ gate: "approval", reason: "0 of 2 approvals (nobody)" }),
    );
  }
});

test("a rejection needs words, and blocks", async () => {
  const path = await waitingApp("rejected");
  const silent = await sluice.call("POST", path, { token: tokens.lead ?? "", body: { decision: "reject" } });
  expect([silent.status, silent.body.code]).toEqual([422, "REASON_REQUIRED"]);
  const body = { decision: "reject", comment: "not on a Friday" };
  expect((await sluice.call("POST", path, { token: tokens.lead ?? "", body })).body.gates).toContainEqual(
    expect.objectContaining({ gate: "approval", verdict: "fail", reason: "rejected by tech-lead: not on a Friday" }),
  );
});
