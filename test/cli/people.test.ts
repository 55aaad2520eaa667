import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
const env = new Map<string, { env: { SLUICE_TOKEN: string } }>();

beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("app", "one");
  await desk.file(
    "sluice.yaml",
    `apiVersion: sluice/v1
app: myapp
stages:
  - name: dev
  - name: beta
    gates:
      - approval: { from: [lena, ops], count: 2 }
  - name: stable
    gates:
      - check: { name: scan, from: [ci] }
      - checklist: [{ id: looked, title: Somebody has looked }]
`,
  );
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  await person("lena", "approver");
  await person("omar", "approver", "--group", "ops");
  await person("otto", "approver");
  await person("ci", "publisher");
});
afterEach(() => desk.clear());

async function person(name: string, role: string, ...more: string[]): Promise<void> {
  const made = await desk.sluice(["token", "create", "--name", name, "--role", role, ...more, "--json"]);
  env.set(name, { env: { SLUICE_TOKEN: (made.json() as { token: string }).token } });
}

const as = (name: string, ...argv: string[]) => desk.sluice(argv, env.get(name));
const publish = (version: string, who = "ci") => as(who, "publish", version, "--component", "app=app");

async function why(version: string, stage: string, satisfies: RegExp): Promise<string> {
  return until(
    async () => (await desk.sluice(["why", version, stage])).out,
    (text) => satisfies.test(text),
  );
}

it("approves a promotion: each person once, of those who are named, never whoever published it", async () => {
  await publish("1.0.0");
  expect(await as("lena", "approve", "1.0.0", "dev")).toMatchObject({
    code: 5,
    err: expect.stringMatching(/no approval/),
  });
  await why("1.0.0", "beta", /0 of 2 approvals \(nobody\)/);
  expect((await as("lena", "approve", "1.0.0", "beta", "--comment", "read it")).out).toMatch(
    /^Approved 1\.0\.0 \([0-9a-f]{12}\) for beta: beta-1\n/,
  );
  expect(await as("lena", "approve", "1.0.0", "beta")).toMatchObject({
    code: 5,
    err: expect.stringMatching(/lena has approved beta-1 already/),
  });
  expect(await as("otto", "approve", "1.0.0", "beta")).toMatchObject({
    code: 3,
    err: expect.stringMatching(/otto is not among[\s\S]*--group GROUP/),
  });
  expect(await as("ci", "approve", "1.0.0", "beta")).toMatchObject({ code: 3 });
  expect(await as("omar", "approve", "1.0.0", "beta", "--digest", "0".repeat(64))).toMatchObject({
    code: 5,
    err: expect.stringMatching(/Look again: sluice why 1\.0\.0 beta/),
  });
  expect(await as("omar", "approve", "9.0.0", "beta")).toMatchObject({ code: 4 });
  expect((await as("omar", "approve", "1.0.0", "beta", "--json")).json()).toMatchObject({ promotion: "beta-1" });
  await why("1.0.0", "beta", /1\.0\.0 is live in beta/);
  expect((await desk.sluice(["audit"])).out).toMatch(/lena +1\.0\.0 approved for beta: read it/);
});

it("counts no approval of somebody who is removed afterwards, and none of one's own release", async () => {
  await person("lena2", "admin", "--group", "ops");
  await publish("1.0.0", "lena2");
  await why("1.0.0", "beta", /0 of 2 approvals/);
  expect(await as("lena2", "approve", "1.0.0", "beta")).toMatchObject({
    code: 3,
    err: expect.stringMatching(/lena2 published 1\.0\.0, so somebody else has to approve it/),
  });
  await as("lena", "approve", "1.0.0", "beta");
  await desk.sluice(["token", "revoke", "lena"]);
  expect(await why("1.0.0", "beta", /0 of 2 approvals/)).toMatch(/0 of 2 approvals \(nobody\)/);
  expect((await desk.sluice(["audit"])).out).toMatch(/by lena counts no more: admin revoked the token of lena/);
});

it("rejects a promotion for a reason, and approves it all the same only for another", async () => {
  await publish("1.0.0");
  await why("1.0.0", "beta", /0 of 2 approvals/);
  expect(await as("lena", "reject", "1.0.0", "beta")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--comment/),
  });
  expect((await as("lena", "reject", "1.0.0", "beta", "--comment", "too early")).out).toMatch(
    /^Rejected 1\.0\.0 [\s\S]*rejected by lena: too early/,
  );
  expect(await as("omar", "approve", "1.0.0", "beta")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/lena rejected it: too early[\s\S]*--comment/),
  });
  expect((await as("omar", "approve", "1.0.0", "beta", "--comment", "it is time")).out).toMatch(
    /1 of 2 approvals \(omar\)/,
  );
  await as("lena", "approve", "1.0.0", "beta");
  await why("1.0.0", "beta", /is live in beta/);
});

it("records checks and items, of those whose word counts, and only what a gate asks for", async () => {
  await publish("1.0.0");
  for (const who of ["lena", "omar"]) {
    await why("1.0.0", "beta", /of 2 approvals/);
    await as(who, "approve", "1.0.0", "beta");
  }
  await why("1.0.0", "stable", /◷ check/);
  expect(await as("lena", "check", "1.0.0", "scan", "pass")).toMatchObject({
    code: 3,
    err: expect.stringMatching(/lena is not among those whose word counts for "scan": ci/),
  });
  expect(await as("ci", "check", "1.0.0", "scam", "pass")).toMatchObject({
    code: 4,
    err: expect.stringMatching(/No gate asks for "scam"\. Asked for: scan, looked[\s\S]*Did you mean scan\?/),
  });
  expect(await as("ci", "check", "1.0.0", "scan", "perhaps")).toMatchObject({ code: 2 });
  const link = "https://ci.example/42";
  expect((await as("ci", "check", "1.0.0", "scan", "fail", "--evidence", link)).out).toBe(
    "Recorded scan of 1.0.0: fail\n",
  );
  expect((await desk.sluice(["why", "1.0.0", "stable"])).out).toMatch(/✕ check +failed: scan, reported by ci/);
  await as("ci", "check", "1.0.0", "scan", "pass");
  expect((await as("lena", "check", "1.0.0", "looked", "pass", "--stage", "stable", "--comment", "by eye")).out).toBe(
    "Recorded looked of 1.0.0 for stable: pass\n",
  );
  await why("1.0.0", "stable", /is live in stable/);
  expect((await desk.sluice(["audit"])).out).toMatch(/scan: fail for 1\.0\.0 \(https:\/\/ci\.example\/42\)/);
});

it("holds a stage when another release than the newest is promoted by hand, and resumes it", async () => {
  await desk.sluice(["freeze", "beta", "--reason", "wait"]);
  for (const version of ["1.0.0", "1.1.0"]) {
    await publish(version);
    await why(version, "beta", /of 2 approvals/);
  }
  expect((await desk.sluice(["promote", "1.0.0", "beta"])).code).toBe(0);
  expect((await desk.sluice(["status"])).out).toMatch(
    /‖ held: admin promoted 1\.0\.0 by hand[^\n]*nothing newer follows by itself\n +lift it: sluice resume beta/,
  );
  expect((await desk.sluice(["why", "1.1.0", "beta"])).out).toMatch(/not-held +.*admin/);
  expect((await desk.sluice(["resume", "beta"])).out).toMatch(/^Lifted the hold of beta\.\n/);
  expect((await desk.sluice(["status"])).out).not.toMatch(/held/);
  expect(await desk.sluice(["resume", "beta"])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/Nothing is rolling out/),
  });
});
