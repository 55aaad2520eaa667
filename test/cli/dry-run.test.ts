import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
});
afterEach(() => desk.clear());

const file = (name: string, beta: string) =>
  desk.file(name, `apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n  - { name: beta, ${beta} }\n`);

it("shows what a changed pipeline would do to what is in flight, and changes nothing", async () => {
  await file("sluice.yaml", "gates: [{ soak: 24h }]");
  const dryRun = (name: string, ...more: string[]) => desk.sluice(["apply", "-f", name, "--dry-run", ...more]);
  expect((await dryRun("sluice.yaml")).out).toMatch(
    /^Dry run, nothing was changed\. It would create myapp: dev → beta\nWhat each stage can see of a release:\n {2}dev, beta: with 10,000 clients the stop test/,
  );
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  expect((await dryRun("sluice.yaml")).out).toBe(
    "Nothing would change: myapp has this pipeline already (dev → beta).\n",
  );
  await desk.file("app", "one");
  await desk.sluice(["publish", "1.0.0", "--component", "app=app"]);
  const status = async () => (await desk.sluice(["status", "--json"])).json() as { stages: { waiting: unknown[] }[] };
  await until(status, ({ stages }) => stages[1]?.waiting.length === 1);

  await file("open.yaml", "gates: [{ no-issues: {} }], rollout: { steps: [{ to: 10%, hold: 1h }, { to: 100% }] }");
  const { code, out } = await dryRun("open.yaml");
  expect(code).toBe(0);
  expect(out).toMatch(
    /^Dry run, nothing was changed\. It would change myapp: dev → beta\n\nbeta {2}changed: gates, rollout\n/,
  );
  expect(out).toContain("  1.0.0 waits (beta-1)\n    no-issues  new → open: no open issue");
  expect(out).toContain("    soak       closed → gone: soaks 1d in dev\n    → starts at once\n    → goes to 10%\n");
  expect(out).toMatch(/\n\n1 release in flight is touched\.\nWhat each stage can see/);
  await file("longer.yaml", "gates: [{ soak: 48h }]");
  expect((await dryRun("longer.yaml")).out).toMatch(
    /at the earliest \S+ \S+Z, in (?:2d|1d 23h)[^\n]*, not \S+ \S+Z, in (?:1d|23h)/,
  );
  expect((await dryRun("longer.yaml", "--json")).json()).toMatchObject({
    changed: true,
    stages: [{ change: "same" }, {}],
  });
  expect((await status()).stages[1]?.waiting).toHaveLength(1);

  await file("wrong.yaml", "gates: [{ soak: tomorrow }]");
  expect(await dryRun("wrong.yaml")).toMatchObject({ code: 2, err: expect.stringMatching(/wrong\.yaml:5:/) });
  expect(await dryRun("open.yaml", "--app", "other")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/for application "myapp"/),
  });
});
