import type { Role } from "@sluice/core/access/roles.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

const dev = "/api/v1/apps/shop/stages/dev";
let sluice: TestServer;

beforeAll(async () => {
  sluice = await startTestServer();
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "" }) });
  for (const version of ["1.0.0", "1.1.0"]) {
    await sluice.publish("shop", version);
    await sluice.until(`${version} is live`, async () => (await shown())?.live?.version === version);
  }
});
afterAll(() => sluice.close());

interface Shown {
  readonly live: { readonly version: string } | null;
  readonly rollbackRequest?: { readonly id: string };
}

async function shown(): Promise<Shown | undefined> {
  const { body } = await sluice.call("GET", "/api/v1/apps/shop/status");
  return (body.stages as Shown[])[0];
}

async function post(token: string, path: string, body: object) {
  const answer = await sluice.call("POST", `${dev}/${path}`, { token, body });
  return { status: answer.status, code: answer.body.code, body: answer.body };
}

test("a rollback is asked for by one, approved by another, and only an operator goes back without", async () => {
  const token = (role: Role, stages?: string[]) => sluice.token(role, stages === undefined ? {} : { stages });
  const [operator, approver, viewer, publisher, elsewhere] = [
    await token("operator"),
    await token("approver"),
    await token("viewer"),
    await token("publisher"),
    await token("approver", ["beta"]),
  ];
  const ask = { reason: "slow" };
  expect((await post(viewer, "rollback-requests", ask)).status).toBe(403);
  for (const other of [publisher, approver])
    expect(await post(other, "rollback", ask)).toMatchObject({ status: 403, code: "NOT_ALLOWED" });
  expect(await post(operator, "rollback-requests", { reason: "slow", by: "x" })).toMatchObject({ status: 400 });

  const asked = await post(publisher, "rollback-requests", ask);
  expect(asked).toMatchObject({ status: 201, body: { id: "rollback-1", status: "open", from: "1.1.0", to: "1.0.0" } });
  expect((await shown())?.rollbackRequest).toEqual(asked.body);
  expect(await post(approver, "rollback-requests", ask)).toMatchObject({
    status: 409,
    code: "ROLLBACK_REQUEST_EXISTS",
  });

  const yes = "rollback-requests/rollback-1/approve";
  const no = "rollback-requests/rollback-1/reject";
  for (const other of [operator, publisher, elsewhere]) expect((await post(other, yes, {})).status).toBe(403);
  expect(await post(operator, no, { comment: "mine" })).toMatchObject({ status: 403, code: "NOT_ALLOWED" });
  expect(await post(approver, "rollback-requests/rollback-7/approve", {})).toMatchObject({
    status: 404,
    code: "ROLLBACK_REQUEST_NOT_FOUND",
  });
  expect(await post(approver, no, {})).toMatchObject({ status: 422, code: "REASON_REQUIRED" });
  expect((await shown())?.live?.version).toBe("1.1.0");

  expect(await post(publisher, no, { comment: "not yet" })).toMatchObject({
    status: 200,
    body: { status: "rejected" },
  });
  await post(operator, "rollback-requests", { ...ask, staged: true });
  const approved = await post(approver, "rollback-requests/rollback-2/approve", { comment: "seen" });
  expect(approved).toMatchObject({
    status: 200,
    body: { status: "carried-out", staged: true, approvals: [{ comment: "seen" }], closed: { reason: "slow" } },
  });
  expect(await shown()).toMatchObject({ live: { version: "1.0.0" }, wayBack: { versions: ["1.1.0"] } });
  expect(await post(approver, "rollback-requests/rollback-2/reject", { comment: "no" })).toMatchObject({
    status: 409,
    code: "ROLLBACK_REQUEST_CLOSED",
  });
});
