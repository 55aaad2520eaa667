import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("app", "one");
  await desk.file("NOTES.md", "## Faster checkout\n\n- speed\n");
  await desk.file(
    "sluice.yaml",
    `apiVersion: sluice/v1
app: myapp
stages:
  - name: staging
  - name: production
    gates: [{ soak: 24h }]
    rollout: { steps: [{ to: 10%, hold: 1m }, { to: 50%, hold: 14m }, { to: 100% }] }
`,
  );
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  await desk.sluice(["publish", "1.2.3", "--component", "app=app", "--notes", "NOTES.md", "--commit", "abc123def456"]);
  await until(
    async () => (await desk.sluice(["versions", "--json"])).json() as { versions: { status: string }[] },
    ({ versions }) => versions[0]?.status === "active",
  );
});
afterEach(() => desk.clear());

it("tracks which version each stage has", async () => {
  expect((await desk.sluice(["versions", "--json"])).json()).toMatchObject({
    app: "myapp",
    versions: [
      {
        stage: "staging",
        version: "1.2.3",
        deployedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        deployedBy: "admin",
        gitCommit: "abc123def456",
        status: "active",
      },
    ],
  });
  expect((await desk.sluice(["versions", "--format", "markdown"])).out).toMatch(
    /^\| Stage \| Version \| Status \| Deployed \| By \| Commit \|\n\| --- .*\n\| staging \| 1\.2\.3 \| active \| \d{4}-.*Z \| admin \| abc123def456 \|\n$/,
  );
  await desk.sluice(["promote", "1.2.3", "production", "--override", "--reason", "urgent"]);
  await until(
    async () => (await desk.sluice(["versions"])).out,
    (out) => /production +1\.2\.3 +rolling-out +\S+ \S+ +\S+ +abc123def456/.test(out),
  );
});

it("writes the request to let a release into its next stage", async () => {
  const { out } = await desk.sluice(["show", "1.2.3", "--format", "request"]);
  expect(out).toMatch(/^## Deployment Request: myapp 1\.2\.3 to production\n\n\*\*Date\*\*: \d{4}-.*Z {2}\n/);
  expect(out).toContain("**Changes**: Faster checkout  \n**Commit**: abc123def456");
  expect(out).toMatch(/- \[x\] previous-stage: .*\n/);
  expect(out).toMatch(/- \[ \] soak: soaks 1d in staging/);
  expect(out).toContain("- **Estimated Duration**: 15m at least\n- **Traffic Impact**: 10% for 1m, 50% for 14m, 100%");
  expect(out).toMatch(
    /\*\*Rollback Plan\*\*: there is no release to go back to; automatic when stop-test fails; by hand:/,
  );
  expect(out).toMatch(/### Open\n\n- soak.*, not before \d{4}-/);
});

it("has nothing to request once every stage has the release", async () => {
  await desk.file("sluice.yaml", "apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: staging\n");
  expect((await desk.sluice(["apply", "-f", "sluice.yaml"])).code).toBe(0);
  expect(await desk.sluice(["show", "1.2.3", "--format", "request"])).toMatchObject({
    code: 5,
    err: expect.stringMatching(/has been through every stage/),
  });
});
