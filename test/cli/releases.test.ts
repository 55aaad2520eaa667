import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("sluice.yaml", pipelineText());
  expect((await desk.sluice(["apply", "-f", "sluice.yaml"])).code).toBe(0);
  await desk.file("app", "the program\n");
  await chmod(join(desk.folder, "app"), 0o755);
});
afterEach(() => desk.clear());

const publish = (version: string, ...more: string[]) =>
  desk.sluice(["publish", version, "--component", "app=app", ...more]);

async function liveInDev(version: string) {
  await until(
    async () => (await desk.sluice(["status", "--json"])).json() as { stages: { live: { version: string } | null }[] },
    ({ stages }) => stages[0]?.live?.version === version,
  );
}

describe("publish", () => {
  it("uploads, publishes, and does nothing the second time", async () => {
    const first = await publish("1.0.0");
    expect(first).toMatchObject({ code: 0, err: expect.stringContaining("app  12 B") });
    expect(first.out).toMatch(/^Published myapp 1\.0\.0 \([0-9a-f]{12}\)/);
    const again = await publish("1.0.0", "--json");
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.json()).toMatchObject({ app: "myapp", version: "1.0.0", created: false });
    expect((await publish("1.0.0")).out).toMatch(/^Nothing changed/);
  });

  it("refuses the same version with other bytes", async () => {
    await publish("1.0.0");
    await desk.file("app", "other bytes\n");
    const refused = await publish("1.0.0");
    expect(refused).toMatchObject({
      code: 5,
      out: "",
      err: expect.stringMatching(/already published with other content/),
    });
    const problem = await publish("1.0.0", "--json");
    expect(problem).toMatchObject({ code: 5, out: "" });
    expect(JSON.parse(problem.err)).toMatchObject({
      type: "/problems/RELEASE_EXISTS",
      code: "RELEASE_EXISTS",
      exitCode: 5,
    });
  });

  it("keeps the executable bit, packs folders, and tells platforms apart", async () => {
    await mkdir(join(desk.folder, "assets"));
    await desk.file("assets/page.html", "<p>hello</p>");
    const published = await desk.sluice([
      "publish",
      "1.0.0",
      "--component",
      "app@linux-x64=app",
      "--component",
      "app@darwin-arm64=sluice.yaml",
      "--component",
      "assets=assets",
    ]);
    expect(published.code).toBe(0);
    const { manifest } = (await desk.sluice(["show", "1.0.0", "--json"])).json() as {
      manifest: { components: object[] };
    };
    expect(manifest.components).toMatchObject([
      { name: "app", platform: "linux-x64", kind: "file", executable: true, size: 12 },
      { name: "app", platform: "darwin-arm64", kind: "file" },
      { name: "assets", kind: "folder" },
    ]);
  });

  it("takes what a manifest file says, and options above it", async () => {
    await desk.file(
      "release.yaml",
      "minimumVersion: 0.9.0\ncompatibility:\n  database: [PostgreSQL 14+]\nnotes: from the file\ncommit: abcdef1\n",
    );
    await desk.file("NOTES.md", "# Better\n");
    expect(
      (
        await publish(
          "1.0.0",
          "--manifest",
          "release.yaml",
          "--notes",
          "NOTES.md",
          "--min-version",
          "0.9.5",
          "--mandatory",
        )
      ).code,
    ).toBe(0);
    const { manifest } = (await desk.sluice(["show", "1.0.0", "--json"])).json() as { manifest: object };
    expect(manifest).toMatchObject({
      minimumVersion: "0.9.5",
      mandatory: true,
      compatibility: { database: ["PostgreSQL 14+"] },
      notes: "# Better\n",
      commit: "abcdef1",
    });
  });

  it.each([
    [["v1.0.0", "--component", "app=app"], /not a version by SemVer/],
    [["1.0", "--component", "app=app"], /not a version by SemVer/],
    [["1.0.0"], /--component NAME=PATH/],
    [["1.0.0", "--component", "app"], /must be NAME=PATH/],
    [["1.0.0", "--component", "APP=app"], /lower-case/],
    [["1.0.0", "--component", "app@here=app"], /OS-ARCH/],
    [["1.0.0", "--component", "app=missing"], /no file missing/],
    [["1.0.0", "--component", "app=app", "--manifest", "missing.yaml"], /no file missing\.yaml/],
    [["1.0.0", "--component", "app=app", "--component", "app=app"], /component twice/],
    [["1.0.0", "--component", "app=app", "--commit", "not-hex"], /commit/],
    [["1.0.0", "--component", "app=app", "--min-version", "one"], /minimumVersion|SemVer/],
  ])("says what is wrong with %j", async (argv, message) => {
    expect(await desk.sluice(["publish", ...argv])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(message),
    });
  });

  it("names line and column of what is wrong in a manifest file", async () => {
    await desk.file("release.yaml", "notes: fine\nminimumVersion: [1]\nmandatroy: true\n");
    const refused = await publish("1.0.0", "--manifest", "release.yaml");
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /^release\.yaml:2:1: minimumVersion: must be a string\nrelease\.yaml:3:1: unknown key "mandatroy"/m,
    );
  });
});

describe("releases, show, why, history", () => {
  it("say that there is nothing yet", async () => {
    expect((await desk.sluice(["releases"])).out).toMatch(/no release yet: sluice publish/);
    expect((await desk.sluice(["history"])).out).toBe("Nothing was deployed yet.\n");
    expect((await desk.sluice(["issues"])).out).toBe("myapp has no open issues.\n");
    expect((await desk.sluice(["status"])).out).toMatch(/Nothing was published yet/);
  });

  it("show a release's whole path", async () => {
    await publish("1.0.0");
    await liveInDev("1.0.0");
    expect((await desk.sluice(["releases"])).out).toMatch(
      /^VERSION +PUBLISHED +BY +DEV +BETA +DIGEST\n1\.0\.0 +\d{4}-.*Z +admin +live +waiting/,
    );
    expect((await desk.sluice(["releases", "--json"])).json()).toMatchObject({
      releases: [{ version: "1.0.0", stages: { dev: "live", beta: "waiting" } }],
    });
    const shown = await desk.sluice(["show", "1.0.0"]);
    expect(shown.out).toMatch(/myapp 1\.0\.0\n {2}published +.* by admin\n {2}digest +[0-9a-f]{64}/);
    expect(shown.out).toMatch(/app +file +every +12 B +[0-9a-f]{64}/);
    const status = await desk.sluice(["status"]);
    expect(status.out).toMatch(/dev {5}● 1\.0\.0 live/);
    expect(status.out).toMatch(
      /beta {4}○ nothing live yet\n +◷ 1\.0\.0 waits for soak: soaks 1d in dev \(until \d{4}-\d\d-\d\d .*Z, in /,
    );
    const why = await desk.sluice(["why", "1.0.0", "beta"]);
    expect(why.out).toMatch(/^beta {2}1\.0\.0 waits for beta: soak/);
    expect(why.out).toMatch(/◷ soak/);
    expect((await desk.sluice(["why", "1.0.0", "beta", "--json"])).json()).toMatchObject({
      standing: "waiting",
      stage: "beta",
    });
    expect((await desk.sluice(["why", "1.0.0", "--json"])).json()).toMatchObject({
      explanations: [{ stage: "dev" }, { stage: "beta" }, { stage: "stable" }],
    });
    expect((await desk.sluice(["history", "dev"])).out).toMatch(/dev +1\.0\.0 +complete +100% +admin/);
    expect((await desk.sluice(["history", "--format", "json"])).json()).toMatchObject({
      deployments: [{ stage: "beta" }, { stage: "dev", status: "complete" }],
    });
  });

  it("write a changelog with the notes", async () => {
    await desk.file("NOTES.md", "- faster\n");
    await publish("1.0.0", "--notes", "NOTES.md");
    await liveInDev("1.0.0");
    const { out } = await desk.sluice(["history", "--format", "changelog"]);
    expect(out).toMatch(
      /^# Changelog\n\n.*myapp.*\n\n## \[1\.0\.0\] - \d{4}-\d\d-\d\d\n\n- faster\n\n### Deployment\n\n- Dev: \d{4}-\d\d-\d\d \d\d:\d\d UTC\n- Rollback: None\n$/,
    );
  });

  it("give the nearest names for what is not there", async () => {
    await publish("1.0.0");
    expect(await desk.sluice(["show", "1.0.1"])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/no release 1\.0\.1[\s\S]*Did you mean 1\.0\.0\?/),
    });
    expect(await desk.sluice(["why", "1.0.0", "betta"])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/no stage "betta"[\s\S]*Did you mean beta\?/),
    });
    expect(await desk.sluice(["history", "betta"])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/Did you mean beta\?/),
    });
    expect(await desk.sluice(["status", "--app", "myap"])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/no application "myap"[\s\S]*Did you mean myapp\?/),
    });
    const problem = await desk.sluice(["why", "1.0.0", "betta", "--json"]);
    expect(JSON.parse(problem.err)).toMatchObject({ code: "STAGE_NOT_FOUND", nearest: ["beta"], exitCode: 4 });
  });
});
