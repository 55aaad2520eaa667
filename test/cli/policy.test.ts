import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
});
afterEach(() => desk.clear());

const pipeline = (app: string, ...stages: string[]) =>
  desk.file(
    `${app}.yaml`,
    `apiVersion: sluice/v1\napp: ${app}\nstages:\n${stages.map((stage) => `  - name: ${stage}\n`).join("")}`,
  );
const house = ["apiVersion: sluice/v1", "kind: policy", "name: house"];

it("applies, lists, shows and removes a policy, which an editor of the pipeline cannot loosen", async () => {
  expect((await desk.sluice(["policy", "list"])).out).toMatch(/^No policy is in force\./);
  await pipeline("shop", "dev", "beta");
  await desk.sluice(["apply", "-f", "shop.yaml"]);
  await desk.file(
    "policy.yaml",
    [...house, 'apps: ["sh*"]', "stages: [beta]", "approvalRequired: true", "approvers: [bob@example.org]", ""].join(
      "\n",
    ),
  );
  expect((await desk.sluice(["policy", "apply", "-f", "policy.yaml"])).out).toBe(
    "Applied policy house. It applies to 1 application now, and to those to come.\n",
  );
  expect((await desk.sluice(["policy", "apply", "-f", "policy.yaml"])).out).toMatch(/^Nothing changed: policy house/);
  expect((await desk.sluice(["policy", "list"])).out).toMatch(/house +sh\* +\d{4}.* admin/);
  expect((await desk.sluice(["policy", "show", "house"])).out).toContain("approvers: [bob@example.org]");
  expect(await desk.sluice(["policy", "show", "hose"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/Did you mean house/),
  });

  await desk.file("app", "one");
  await desk.sluice(["publish", "1.0.0", "--component", "app=app"]);
  const why = async () => (await desk.sluice(["why", "1.0.0", "beta"])).out;
  await until(why, (text) => /0 of 1 approvals/.test(text));
  expect(await why()).toMatch(/◷ approval \(policy house\) +0 of 1 approvals \(nobody\)\n.*bob@example\.org/);
  const operator = (
    await desk.sluice(["token", "create", "--name", "olga", "--role", "operator", "--json"])
  ).json() as { token: string };
  await desk.sluice(["promote", "1.0.0", "beta", "--override", "--reason", "urgent", "--token", operator.token]);
  expect(await why()).toMatch(/approval \(policy house\)/);
  expect(await desk.sluice(["policy", "remove", "house", "--reason", "x", "--token", operator.token])).toMatchObject({
    code: 3,
  });
  const bob = (
    await desk.sluice(["token", "create", "--name", "bob@example.org", "--role", "approver", "--json"])
  ).json() as { token: string };
  expect((await desk.sluice(["approve", "1.0.0", "beta", "--token", bob.token])).code).toBe(0);
  await until(why, (text) => /1\.0\.0 is live in beta/.test(text));
  expect((await desk.sluice(["policy", "remove", "house", "--reason", "no longer"])).out).toMatch(
    /^Removed policy house/,
  );
  expect((await desk.sluice(["policy", "list", "--json"])).json()).toEqual({ policies: [] });
  expect((await desk.sluice(["audit"])).out).toMatch(
    /policy house of admin holds here[\s\S]*policy house holds here no more/,
  );
});

it("refuses a pipeline that contradicts a policy, with the line and what the policy asks, also of a new application", async () => {
  await pipeline("old", "dev", "nightly");
  await desk.sluice(["apply", "-f", "old.yaml"]);
  await desk.file("policy.yaml", [...house, "testEnvironments: [dev]", "allowedChannels: [stable]", ""].join("\n"));
  expect((await desk.sluice(["policy", "apply", "-f", "policy.yaml"])).out).toMatch(
    /No release can get past this any more.*\n {2}old: policy house allows the stages dev, stable, and not nightly\n$/,
  );
  await pipeline("late", "dev", "beta");
  const refused = await desk.sluice(["apply", "-f", "late.yaml"]);
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringMatching(/5:\d+.*policy house allows the stages dev, stable, and not beta/),
  });
  expect((await desk.sluice(["apply", "-f", "late.yaml", "--dry-run"])).code).toBe(2);
  expect((await desk.sluice(["status", "--app", "late"])).code).toBe(4);
  await pipeline("late", "dev", "stable");
  expect((await desk.sluice(["apply", "-f", "late.yaml"])).code).toBe(0);
});

it("refuses a malformed policy with its place, and anybody's but an admin's", async () => {
  await desk.file("policy.yaml", [...house, "blockedVersions: [nonsense]", ""].join("\n"));
  expect(await desk.sluice(["policy", "apply", "-f", "policy.yaml"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/4:\d+.*must be a version/),
  });
  await desk.file("policy.yaml", [...house, ""].join("\n"));
  const viewer = (await desk.sluice(["token", "create", "--name", "vera", "--role", "publisher", "--json"])).json() as {
    token: string;
  };
  expect(await desk.sluice(["policy", "apply", "-f", "policy.yaml", "--token", viewer.token])).toMatchObject({
    code: 3,
  });
  expect((await desk.sluice(["policy", "list", "--token", viewer.token])).code).toBe(0);
});
