import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, pipelineOf, startTestServer, type TestServer } from "./test-server.ts";

const policy = `apiVersion: sluice/v1
kind: policy
name: house
apps: [shop]
stages: [production]
approvalRequired: true
approvers: [ops]
testingRequired: true
testEnvironments: [staging]
complianceChecks: [security-scan]
blockedVersions: ["6.6.6"]
allowedChannels: [dev, production]
`;
const gates = "gates: [{ no-issues: {} }]";
const pipeline = (stages: Record<string, string>) => pipelineOf("shop", stages);
const usual = { staging: "", production: gates };

let sluice: TestServer;
const secrets = new Map<string, string>();

beforeAll(async () => {
  sluice = await startTestServer();
  for (const role of ["editor", "operator", "publisher", "approver", "viewer"] as const)
    secrets.set(role, await sluice.token(role, { name: role }));
  expect((await put("/apps/shop/pipeline", pipeline(usual))).status).toBe(200);
  expect((await put("/policies", policy)).status).toBe(200);
  for (const version of ["1.0.0", "6.6.6"]) expect((await sluice.publish("shop", version)).status).toBe(201);
  await sluice.until("it was tested", async () => (await closed()).join() === "approval,check");
});
afterAll(() => sluice.close());

const call = (method: string, path: string, body: object | string | undefined, as?: string) =>
  sluice.call(method, `/api/v1${path}`, {
    ...(body === undefined ? {} : { body }),
    ...(as === undefined ? {} : { token: secrets.get(as) ?? "" }),
  });
const put = (path: string, body: string, as?: string) => call("PUT", path, body, as);

/** What a policy keeps closed for a release in production. */
async function closed(version = "1.0.0"): Promise<string[]> {
  const { body } = await call("GET", `/apps/shop/why/${version}/production`, undefined);
  const all = (body.gates ?? []) as { gate: string; policy?: string; verdict: string }[];
  return all.filter((gate) => gate.policy === "house" && gate.verdict !== "pass").map(({ gate }) => gate);
}

const edit = (stages: Record<string, string>) => put("/apps/shop/pipeline", pipeline(stages), "editor");

/** Ways round a policy for whoever may edit the pipeline, or less: each is refused, or takes nothing off what the policy demands. */
const ways: readonly (readonly [way: string, go: () => Promise<Answer>, code: string | undefined])[] = [
  ["taking the pipeline's gates out", () => edit({ staging: "", production: "" }), undefined],
  ["renaming the stage that the policy names", () => edit({ staging: "", prod: gates }), "POLICY_VIOLATED"],
  [
    "taking that stage out, to add it again under another policy's eyes",
    () => edit({ staging: "" }),
    "POLICY_VIOLATED",
  ],
  [
    "putting the stage first, before the test environment",
    () => edit({ production: "", staging: "" }),
    "POLICY_VIOLATED",
  ],
  ["taking the test environment out", () => edit({ dev: "", production: "" }), "POLICY_VIOLATED"],
  ["a channel of another name with the same targets", () => edit({ ...usual, live: "" }), "POLICY_VIOLATED"],
  [
    "an application of another name",
    () => put("/apps/shop2/pipeline", pipelineOf("shop2", usual), "editor"),
    "NOT_ALLOWED",
  ],
  ["removing the policy", () => call("POST", "/policies/house/remove", { reason: "no" }, "editor"), "NOT_ALLOWED"],
  [
    "applying a weaker policy of its name",
    () => put("/policies", policy.replace("[shop]", "[x]"), "editor"),
    "NOT_ALLOWED",
  ],
  [
    "a token of one's own that may",
    () => call("POST", "/tokens", { name: "x", role: "approver" }, "editor"),
    "NOT_ALLOWED",
  ],
  [
    "a dry run of a file without the stage",
    () => call("POST", "/apps/shop/pipeline/dry-run", pipeline({ staging: "" }), "editor"),
    "POLICY_VIOLATED",
  ],
  [
    "a dry run that passes",
    () => call("POST", "/apps/shop/pipeline/dry-run", pipeline({ staging: "", production: "" }), "editor"),
    undefined,
  ],
  [
    "an operator's override",
    () =>
      call("POST", "/apps/shop/promotions", { version: "1.0.0", stage: "production", override: "urgent" }, "operator"),
    undefined,
  ],
  [
    "an operator's override of a blocked version",
    () =>
      call("POST", "/apps/shop/promotions", { version: "6.6.6", stage: "production", override: "urgent" }, "operator"),
    undefined,
  ],
  [
    "an approval of somebody whom the policy does not name",
    async () =>
      call("POST", `/apps/shop/promotions/${await waitingId()}/approvals`, { decision: "approve" }, "approver"),
    "APPROVER_NOT_NAMED",
  ],
];

async function waitingId(): Promise<string> {
  const { body } = await call("GET", "/apps/shop/why/1.0.0/production", undefined);
  return String(body.promotion);
}

test.each(ways)("%s", async (_, go, code) => {
  const answer = await go();
  if (code === undefined) expect(answer.status).toBeLessThan(300);
  else expect(answer.body).toMatchObject({ code });
  expect(await closed()).toEqual(["approval", "check"]);
  expect(await closed("6.6.6")).toEqual(["blocked-versions", "approval", "tested-in", "check"]);
  const { body } = await call("GET", "/apps/shop/status", undefined);
  const stages = body.stages as { name: string; live: unknown; active: unknown }[];
  expect(stages.find(({ name }) => name === "production")).toMatchObject({ live: null, active: null });
});
