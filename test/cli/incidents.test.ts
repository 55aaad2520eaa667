import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("app", "one");
  await desk.file("sluice.yaml", "apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n");
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
});
afterEach(() => desk.clear());

async function live(version: string, ...more: string[]) {
  await desk.sluice(["publish", version, "--component", "app=app", ...more]);
  await until(
    async () => (await desk.sluice(["status", "--json"])).json() as { stages: { live: { version: string } | null }[] },
    ({ stages }) => stages[0]?.live?.version === version,
  );
}

/** A client says that it left a version because it was told to. */
async function reportBack(version: string): Promise<void> {
  const answer = await fetch(`${desk.server.url}/api/v1/updates/status`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${desk.server.adminToken}`,
      "content-type": "application/json",
      "x-app": "myapp",
      "x-channel": "dev",
      "x-client-id": "client-1",
    },
    body: JSON.stringify({
      version,
      status: "rolled-back",
      timestamp: new Date().toISOString(),
      details: { ordered: true },
    }),
  });
  expect(answer.status).toBe(202);
}

it("keeps the changelog and the table of releases, with what was rolled back", async () => {
  await desk.file("NOTES.md", "# Faster | better\n\n## Added\n\n- speed\n");
  await live("1.0.0");
  await live("1.1.0", "--notes", "NOTES.md");
  await live("1.2.0");
  await desk.sluice(["rollback", "dev", "--reason", "slow"]);
  await until(
    async () => (await desk.sluice(["incident", "incident-1", "--json"])).json() as { status: string },
    ({ status }) => status === "resolved",
  );
  // The way back is served, but as long as nobody is back it is not tested.
  const tests = async () =>
    ((await desk.sluice(["history", "--json"])).json() as { rollbacks: { version: string; status: string }[] })
      .rollbacks;
  const statusOf = async (version: string) => (await tests()).find((one) => one.version === version)?.status;
  expect(await statusOf("1.2.0")).toBe("untested");
  await reportBack("1.2.0");
  expect(await statusOf("1.2.0")).toBe("tested");
  expect((await desk.sluice(["show", "1.2.0", "--json"])).json()).toMatchObject({
    rollbacks: [{ stage: "dev", status: "tested", confirmed: 1, incident: "incident-1" }],
  });
  expect((await desk.sluice(["history"])).out).toMatch(/1\.2\.0 +rolled-back .* Tested +slow/);
  await desk.sluice(["withdraw", "1.2.0", "--reason", "too slow"]);
  const changelog = (await desk.sluice(["history", "--format", "changelog"])).out;
  expect(changelog).toMatch(
    /## \[1\.2\.0\] - \S+ \[YANKED\]\n\n### Deployment\n\n- Dev: .* UTC\n- Rollback: dev .* UTC, slow\n- Withdrawn: /,
  );
  expect(changelog).toMatch(
    /## \[1\.1\.0\] - \S+\n\n### Faster \| better\n\n#### Added\n\n- speed\n\n### Deployment\n/,
  );
  expect((await desk.sluice(["history", "dev", "--format", "log"])).out).toMatch(
    /^\| Requested \| Stage \| .* \| Why \|\n\| --- [\s\S]*\| dev \| 1\.2\.0 \| rolled-back \| 100% \| \S+ \| .* \| Tested \| slow \(.*\) \|\n/,
  );
  const day = String.raw`\d{4}-\d\d-\d\d`;
  expect((await desk.sluice(["history", "dev", "--format", "markdown"])).out).toMatch(
    new RegExp(
      [
        String.raw`^\| Version \| Date \| Description \| Rollback status \|`,
        String.raw`\| --- \| --- \| --- \| --- \|`,
        String.raw`\| 1\.0\.0 \| ${day} \|  \| N/A \|`,
        String.raw`\| 1\.1\.0 \| ${day} \| Faster \\\| better \| Untested \|`,
        String.raw`\| 1\.2\.0 \| ${day} \|  \| Tested \(dev\) \|\n$`,
      ].join("\n"),
    ),
  );
});

it("tells of every rollback, and drafts its post-mortem", async () => {
  expect((await desk.sluice(["incidents"])).out).toBe("myapp has no incidents: nothing was rolled back.\n");
  await live("1.0.0");
  await live("1.1.0");
  await desk.sluice(["rollback", "dev", "--reason", "it |leaks| <b>"]);
  await until(
    async () => (await desk.sluice(["incident", "incident-1", "--json"])).json() as { status: string },
    ({ status }) => status === "resolved",
  );
  expect((await desk.sluice(["incidents"])).out).toMatch(/incident-1 .*dev +1\.1\.0 +1\.0\.0 +resolved +it \|leaks\|/);
  expect((await desk.sluice(["incidents", "--json"])).json()).toMatchObject({
    incidents: [{ id: "incident-1", from: "1.1.0", to: "1.0.0", who: { rolledBackBy: "admin", automatic: false } }],
  });
  expect((await desk.sluice(["incident", "incident-1"])).out).toMatch(/Left to do:\n- Publish a version above 1\.1\.0/);
  const { out } = await desk.sluice(["incident", "incident-1", "--format", "markdown"]);
  for (const heading of ["Summary", "Impact", "Timeline", "Root cause", "What went well", "Follow-ups"])
    expect(out).toContain(`\n## ${heading}\n`);
  expect(out).toContain("it \\|leaks\\| \\<b\\>");
  expect(out).toContain("Who was told: nobody, because no notification channel is configured");
  expect(out).toContain("- [ ] Publish a version above 1.1.0");
  expect(out).toMatch(/\| \d{4}-.*Z \| sluice \| the feed of dev offers 1\.0\.0 \|/);
  expect(await desk.sluice(["incident", "incident-9"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/no incident "incident-9"[\s\S]*Did you mean incident-1\?/),
  });
});
