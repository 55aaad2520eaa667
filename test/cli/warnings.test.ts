import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
});
afterEach(() => desk.clear());

it("applies a pipeline that can hardly be meant, and warns of it with its place", async () => {
  const lines = [
    "apiVersion: sluice/v1",
    "app: myapp",
    "stages:",
    "  - name: dev",
    "  - name: stable",
    "    gates:",
    "      - window: { zone: UTC, allow: [{ from: '10:00', to: '11:00' }], deny: [{ from: '09:00', to: '12:00' }] }",
    "      - approval: { from: [leads], count: 2 }",
    "",
  ];
  await desk.file("sluice.yaml", lines.join("\n"));
  const never = "! sluice.yaml:7:9  this window of stable does not open within 400 days\n";
  const mend = "make tokens of role approver that are called leads, or are in groups of these names";
  const nobody = `! sluice.yaml:8:9  it needs 2 approvals, and nobody can give one: ${mend}\n`;
  const dryRun = await desk.sluice(["apply", "-f", "sluice.yaml", "--dry-run"]);
  expect(dryRun).toMatchObject({ code: 0, out: expect.stringContaining(never + nobody) });
  expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Created myapp: dev → stable\n[\s\S]*! sluice\.yaml:7:9 .*\n! sluice\.yaml:8:9 .*\n$/),
  });
  for (const name of ["bob", "carol"])
    await desk.sluice(["token", "create", "--name", name, "--role", "approver", "--group", "leads"]);
  const again = await desk.sluice(["apply", "-f", "sluice.yaml", "--json"]);
  expect(again.json()).toMatchObject({ changed: false, warnings: [{ line: 7, path: "stages[1].gates[0].window" }] });
});
