import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("app", "one");
  // A client must confirm before a rollout into dev goes on, so there it stays.
  await desk.file(
    "sluice.yaml",
    pipelineText().replace(
      "- name: dev\n",
      "- name: dev\n    rollout: { steps: [{ to: 10% }, { to: 100% }] }\n    analysis: [{ clients: {} }]\n",
    ),
  );
  expect((await desk.sluice(["apply", "-f", "sluice.yaml"])).code).toBe(0);
});
afterEach(() => desk.clear());

interface Stage {
  name: string;
  live: { version: string } | null;
  active: { version: string; status: string; basisPoints: number; moving?: true } | null;
}

async function stage(name: string, satisfies: (stage: Stage) => boolean): Promise<Stage> {
  const ask = async () =>
    ((await desk.sluice(["status", "--json"])).json() as { stages: Stage[] }).stages.find(
      (one) => one.name === name,
    ) as Stage;
  return until(ask, satisfies);
}

const openPipeline = () =>
  desk.file("sluice.yaml", pipelineText()).then(() => desk.sluice(["apply", "-f", "sluice.yaml"]));
const publish = (version: string) => desk.sluice(["publish", version, "--component", "app=app", "--json"]);

it("pauses, resumes and aborts a rollout", async () => {
  await publish("1.0.0");
  await stage("dev", ({ active }) => active?.basisPoints === 1_000 && active.moving === undefined);
  const paused = await desk.sluice(["pause", "dev", "--reason", "lunch", "--json"]);
  expect(paused).toMatchObject({ code: 0, err: "" });
  expect(paused.json()).toMatchObject({
    stage: "dev",
    version: "1.0.0",
    action: "pause",
    status: { active: { status: "paused" } },
  });
  expect((await desk.sluice(["status"])).out).toMatch(/▲ 1\.0\.0 ██░+ 10%[^\n]*\n +paused: lunch/);
  expect((await desk.sluice(["resume", "dev"])).out).toMatch(/▲ 1\.0\.0 ██░+ 10%/);
  expect((await desk.sluice(["abort", "dev", "--reason", "wrong one"])).code).toBe(0);
  await stage("dev", ({ active }) => active === null);
  expect(await desk.sluice(["pause", "dev"])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/Nothing is rolling out in dev/),
  });
  expect(await desk.sluice(["pause", "de"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/Did you mean dev\?/),
  });
});

it("promotes by hand, with an override only for a reason", async () => {
  await openPipeline();
  await publish("1.0.0");
  await stage("dev", ({ live }) => live?.version === "1.0.0");
  expect(await desk.sluice(["promote", "1.0.0", "beta", "--override"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/needs a reason/),
  });
  expect(await desk.sluice(["promote", "1.0.0", "beta", "--reason", "x"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/belongs to --override/),
  });
  expect((await desk.sluice(["promote", "1.0.0", "beta"])).out).toMatch(/^Already asked for: beta-1/);
  expect((await desk.sluice(["promote", "1.0.0", "stable"])).out).toMatch(/^Asked for: stable-1/);
  expect(
    (await desk.sluice(["promote", "1.0.0", "beta", "--override", "--reason", "urgent", "--json"])).json(),
  ).toMatchObject({ promotion: "beta-1", stage: "beta" });
  await stage("beta", ({ live }) => live?.version === "1.0.0");
  expect((await desk.sluice(["status"])).out).toMatch(
    /1\.0\.0 live[^\n]*\n +OVERRIDE gates passed over by admin: urgent/,
  );
  await desk.sluice(["freeze", "dev", "--reason", "wait"]);
  await publish("1.1.0");
  await desk.sluice(["promote", "1.1.0", "dev", "--override", "--reason", "now"]);
  expect((await desk.sluice(["status"])).out).toMatch(
    /◷ 1\.1\.0 waits[^\n]*\n +OVERRIDE gates passed over by admin: now/,
  );
  await desk.sluice(["thaw", "dev"]);
  expect((await desk.sluice(["audit"])).out).toMatch(/OVERRIDE: 1\.0\.0 enters beta past its gates: urgent/);
  expect(await desk.sluice(["promote", "1.0.0", "dev"])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/is live in dev/),
  });
});

it("rolls a stage back, and withdraws a version", async () => {
  await openPipeline();
  await publish("1.0.0");
  await stage("dev", ({ live }) => live?.version === "1.0.0");
  expect(await desk.sluice(["rollback", "dev", "--reason", "no"])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/nothing earlier/),
  });
  expect(await desk.sluice(["rollback", "dev"])).toMatchObject({ code: 2, err: expect.stringMatching(/--reason/) });
  await publish("1.1.0");
  await stage("dev", ({ live }) => live?.version === "1.1.0");
  expect((await desk.sluice(["rollback", "dev", "--reason", "slow"])).out).toBe(
    "Rolled back dev: from 1.1.0 to 1.0.0.\n",
  );
  expect((await desk.sluice(["status"])).out).toMatch(/● 1\.0\.0 live[\s\S]*✕ not offered again: 1\.1\.0/);
  expect(await desk.sluice(["rollback", "dev", "--to", "1.1.0", "--reason", "again"])).toMatchObject({ code: 5 });
  expect((await desk.sluice(["withdraw", "1.1.0", "--reason", "leaks"])).out).toMatch(/^Withdrew 1\.1\.0/);
  expect((await desk.sluice(["releases"])).out).toMatch(/1\.1\.0 \(withdrawn\)/);
  expect(await desk.sluice(["withdraw", "9.9.9", "--reason", "x"])).toMatchObject({ code: 4 });
});

it("sends clients back by and by where a rollback is staged", async () => {
  await openPipeline();
  for (const version of ["1.0.0", "1.1.0"]) {
    await publish(version);
    await stage("dev", ({ live }) => live?.version === version);
  }
  expect((await desk.sluice(["rollback", "dev", "--staged", "--reason", "slow"])).out).toBe(
    "Rolled back dev: from 1.1.0 to 1.0.0. Clients that have it are sent back by and by: sluice status.\n",
  );
  expect((await desk.sluice(["status"])).out).toMatch(/↩ 25% of the clients that have 1\.1\.0 are sent back/);
  expect((await desk.sluice(["audit"])).out).toMatch(/1\.1\.0 rolled back in dev to 1\.0\.0, clients by and by: slow/);
  expect((await desk.sluice(["why", "1.1.0", "dev"])).out).toMatch(
    /slow; 25% of the clients that have it are sent back/,
  );
  expect((await desk.sluice(["history"])).out).toMatch(/slow \(admin\); 25% sent back/);
});

it("has one person ask for a rollback and another approve or reject it", async () => {
  await openPipeline();
  for (const version of ["1.0.0", "1.1.0"]) {
    await publish(version);
    await stage("dev", ({ live }) => live?.version === version);
  }
  const personOf = async (name: string, role: string) => {
    const made = await desk.sluice(["token", "create", "--name", name, "--role", role, "--json"]);
    return { env: { SLUICE_TOKEN: (made.json() as { token: string }).token } };
  };
  const [bob, carol] = [await personOf("bob", "publisher"), await personOf("carol", "approver")];
  const rollback = (argv: string[], who = bob) => desk.sluice(["rollback", "dev", ...argv], who);
  expect(await rollback(["--reason", "slow"])).toMatchObject({ code: 3, err: expect.stringMatching(/operate/) });
  expect(await rollback(["--request"])).toMatchObject({ code: 2, err: expect.stringMatching(/--reason/) });
  expect((await rollback(["--request", "--reason", "slow"])).out).toMatch(
    /^Asked for rollback-1: dev goes back from 1\.1\.0 to 1\.0\.0 once it is approved\.\n[\s\S]*0 of 1 approvals[\s\S]*but not bob: sluice rollback dev --approve rollback-1\n$/,
  );
  expect((await desk.sluice(["status"])).out).toMatch(
    /↶ rollback-1: bob asks to go back from 1\.1\.0 to 1\.0\.0: slow\n +0 of 1 approvals \(nobody\) \(until /,
  );
  expect(await rollback(["--approve", "rollback-1"])).toMatchObject({ code: 3, err: expect.stringMatching(/approve/) });
  expect(await rollback(["--approve", "rollback-1", "--reason", "x"], carol)).toMatchObject({ code: 2 });
  expect(await rollback(["--reject", "rollback-1"], carol)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--comment/),
  });
  expect((await rollback(["--reject", "rollback-1", "--comment", "look first"], carol)).out).toBe(
    "Rejected rollback-1: dev stays as it is.\n",
  );
  expect(await rollback(["--approve", "rollback-1"], carol)).toMatchObject({
    code: 5,
    err: expect.stringMatching(/rejected by carol: look first/),
  });
  await rollback(["--request", "--reason", "slow indeed"], carol);
  expect(await rollback(["--approve", "rollback-2"], carol)).toMatchObject({
    code: 3,
    err: expect.stringMatching(/carol asked for rollback-2, so somebody else/),
  });
  expect((await desk.sluice(["rollback", "dev", "--approve", "rollback-2", "--comment", "seen"])).out).toBe(
    "Approved rollback-2. Rolled back dev: from 1.1.0 to 1.0.0.\n",
  );
  expect((await desk.sluice(["history"])).out).toMatch(/slow indeed \(rollback-2 of carol, approved by admin\)/);
  expect((await desk.sluice(["audit"])).out).toMatch(/rollback-1 of dev rejected: look first/);
  expect((await desk.sluice(["incident", "incident-1"])).out).toMatch(/admin approved rollback-2: seen/);
  expect((await desk.sluice(["incident", "incident-1", "--format", "markdown"])).out).toMatch(
    /by rollback-2, which carol asked for and admin approved: slow indeed/,
  );
  expect(await rollback(["--approve", "rollback-9"], carol)).toMatchObject({ code: 4 });
});

it("withdraws an artifact by its digest, with every release that contains it", async () => {
  await openPipeline();
  const add = (version: string, file: string) => desk.sluice(["publish", version, "--component", `app=${file}`]);
  await add("1.0.0", "app");
  await stage("dev", ({ live }) => live?.version === "1.0.0");
  await add("1.1.0", await desk.file("leaking", "two"));
  await stage("dev", ({ live }) => live?.version === "1.1.0");
  const withdraw = (sha256: string, ...more: string[]) =>
    desk.sluice(["withdraw", "--artifact", sha256, "--reason", "CVE-2026-1", ...more]);
  const digest = createHash("sha256").update("two").digest("hex");
  expect(await withdraw("0".repeat(64), "--app", "myapp")).toMatchObject({
    code: 4,
    err: expect.stringMatching(/No release of myapp contains/),
  });
  expect(await withdraw(digest.slice(0, 12), "--app", "myapp")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/64/),
  });
  expect(await desk.sluice(["withdraw", "--reason", "x"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/either a version, or an artifact/),
  });
  expect((await withdraw(digest, "--app", "myapp")).out).toMatch(
    /^Withdrew the artifact [0-9a-f]{12} in myapp\..*\nWithdrawn with it: myapp 1\.1\.0\n {2}myapp dev: back from 1\.1\.0 to 1\.0\.0\n$/,
  );
  expect((await desk.sluice(["incident", "incident-1"])).out).toContain(digest);
  expect((await desk.sluice(["audit"])).out).toMatch(
    /artifact [0-9a-f]{64} withdrawn, and with it 1\.1\.0: CVE-2026-1/,
  );
  expect(await add("1.2.0", "leaking")).toMatchObject({
    code: 5,
    err: expect.stringMatching(/contains the artifact .* which was withdrawn/),
  });
});

it("withdraws an artifact in every application, also in those that are made later", async () => {
  const files = await Promise.all(
    ["one", "two", "late"].map((app) =>
      desk.file(`${app}.yaml`, `apiVersion: sluice/v1\napp: ${app}\nstages:\n  - name: dev\n`),
    ),
  );
  for (const file of files.slice(0, 2)) await desk.sluice(["apply", "-f", file]);
  const publish = (app: string) => desk.sluice(["publish", "1.0.0", "--component", "app=app", "--app", app]);
  for (const app of ["one", "two"]) await publish(app);
  const digest = createHash("sha256").update("one").digest("hex");
  const withdraw = (sha256: string, ...more: string[]) =>
    desk.sluice(["withdraw", "--artifact", sha256, "--reason", "leaks", ...more]);
  expect(await withdraw("0".repeat(64))).toMatchObject({
    code: 4,
    err: expect.stringMatching(/No release of any application/),
  });
  const { token } = (await desk.sluice(["token", "create", "--name", "op", "--role", "operator", "--json"])).json() as {
    token: string;
  };
  expect(await withdraw(digest, "--token", token)).toMatchObject({ code: 3 });
  expect((await withdraw(digest)).out).toMatch(
    /in every application, also in those still to come\..*\nWithdrawn with it: one 1\.0\.0\n.*one dev: back.*\nWithdrawn with it: two 1\.0\.0\n/,
  );
  await desk.sluice(["apply", "-f", "late.yaml"]);
  expect(await publish("late")).toMatchObject({ code: 5, err: expect.stringMatching(/was withdrawn by admin: leaks/) });
});

it("opens, lists and resolves issues", async () => {
  await openPipeline();
  await publish("1.0.0");
  expect((await desk.sluice(["issue", "open", "1.0.0", "--title", "It \u001b[31mcrashes"])).out).toBe(
    "Opened issue-1 against 1.0.0 (warning): It  [31mcrashes\n",
  );
  expect((await desk.sluice(["issues"])).out).toMatch(/issue-1 +warning +1\.0\.0/);
  expect(await desk.sluice(["issue", "open", "1.0.0", "--title", "x", "--severity", "bad"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/info, warning, critical/),
  });
  expect(await desk.sluice(["issue", "resolve", "issue-2"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/Did you mean issue-1\?/),
  });
  expect((await desk.sluice(["issue", "resolve", "issue-1", "--comment", "fixed", "--json"])).json()).toMatchObject({
    resolved: { by: "admin", comment: "fixed" },
  });
  expect(await desk.sluice(["issue", "resolve", "issue-1"])).toMatchObject({ code: 5 });
  expect((await desk.sluice(["issues", "--json"])).json()).toEqual({ app: "myapp", issues: [] });
  expect((await desk.sluice(["issues", "--all"])).out).toMatch(/issue-1 .* by admin/);
});

it("makes, lists and revokes tokens, which allow what their role does", async () => {
  const made = await desk.sluice([
    "token",
    "create",
    "--name",
    "ci",
    "--role",
    "publisher",
    "--stage",
    "dev",
    "--expires",
    "90d",
  ]);
  expect(made).toMatchObject({ code: 0, err: expect.stringMatching(/not shown again/) });
  const token = made.out.trim();
  expect((await desk.sluice(["token", "list"])).out).toMatch(/ci +publisher +all +dev/);
  expect((await desk.sluice(["token", "list", "--json"])).out).not.toContain(token);
  const publishing = ["publish", "1.0.0", "--component", "app=app", "--token", token];
  expect((await desk.sluice(publishing)).code).toBe(0);
  expect(await desk.sluice(["withdraw", "1.0.0", "--reason", "x", "--token", token])).toMatchObject({ code: 3 });
  expect((await desk.sluice(["audit", "--app", "_server"])).out).toMatch(/token ci made, role publisher in dev/);
  expect((await desk.sluice(["token", "revoke", "ci"])).out).toBe("Revoked ci.\n");
  expect(await desk.sluice(publishing)).toMatchObject({ code: 3 });
  expect(await desk.sluice(["token", "create", "--name", "x", "--role", "king"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/viewer, publisher/),
  });
  expect(await desk.sluice(["token", "create", "--name", "x", "--role", "viewer", "--expires", "soon"])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--expires soon: must be a time/),
  });
  expect(await desk.sluice(["token", "revoke", "cj"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/Did you mean ci\?/),
  });
});

it("freezes a whole application in one command, also a stage that comes later, and says so", async () => {
  for (const argv of [["freeze"], ["freeze", "beta", "--all"]])
    expect(await desk.sluice([...argv, "--reason", "x"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/either a stage, or --all/),
    });
  expect((await desk.sluice(["freeze", "--all", "--reason", "the year's end", "--until", "12h"])).out).toMatch(
    /^Froze every stage until .*\. End it with: sluice thaw --all\n$/,
  );
  expect((await desk.sluice(["status"])).out).toMatch(
    /^myapp .*\n {2}❄ every stage frozen by admin: the year's end \(until /,
  );
  await desk.file("sluice.yaml", `${pipelineText()}  - name: later\n`);
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  await publish("1.0.0");
  for (const name of ["dev", "later"])
    expect((await desk.sluice(["why", "1.0.0", name])).out).toMatch(
      /◷ not-frozen +all of myapp frozen by admin: the year's end .*\n.*an operator: sluice thaw --all/,
    );
  const token = ["token", "create", "--name", "dev-only", "--role", "operator", "--stage", "dev", "--json"];
  const limited = { env: { SLUICE_TOKEN: ((await desk.sluice(token)).json() as { token: string }).token } };
  expect(await desk.sluice(["thaw", "--all"], limited)).toMatchObject({ code: 3 });
  expect((await desk.sluice(["thaw", "--all"])).out).toBe("Thawed every stage.\n");
  await stage("dev", ({ live }) => live?.version === "1.0.0");
  expect((await desk.sluice(["audit"])).out).toMatch(/every stage frozen until .*: the year's end/);
});

it("freezes a stage for a reason, says so, and thaws it", async () => {
  expect((await desk.sluice(["freeze", "beta"])).code).toBe(2);
  const frozen = await desk.sluice(["freeze", "beta", "--reason", "holidays", "--until", "12h"]);
  expect(frozen).toMatchObject({ code: 0, out: expect.stringContaining("sluice thaw beta") });
  expect((await desk.sluice(["status"])).out).toMatch(
    /beta {4}○ nothing live yet\n +❄ frozen by admin: holidays \(until /,
  );
  await publish("1.0.0");
  expect((await desk.sluice(["why", "1.0.0", "beta"])).out).toMatch(/◷ not-frozen +frozen by admin: holidays/);
  expect((await desk.sluice(["freeze", "bta", "--reason", "x"])).code).toBe(4);
  expect((await desk.sluice(["freeze", "beta", "--reason", "x", "--until", "soon"])).code).toBe(2);
  expect(await desk.sluice(["thaw", "beta", "--json"])).toMatchObject({ code: 0 });
  expect((await desk.sluice(["status"])).out).not.toContain("frozen");
});
