import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

interface Status {
  readonly openIssues: readonly { readonly id: string; readonly title: string }[];
  readonly stages: readonly {
    readonly live: { readonly version: string } | null;
    readonly inconsistent: string | null;
    readonly targets: readonly { readonly state: string; readonly drift?: { readonly text: string } }[];
  }[];
}

let commands: string;
let desk: ServedDesk;
beforeEach(async () => {
  commands = await mkdtemp(join(tmpdir(), "sluice-drift-"));
  const scripts = {
    "deploy.sh": 'echo "$SLUICE_VERSION" > live',
    "verify.sh": 'read -r live < live || exit 3; echo "$live is live"; [ "$live" = "$SLUICE_VERSION" ]',
  };
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(commands, name), `#!/bin/sh\ncd "$(dirname "$0")"\n${text}\n`);
    await chmod(join(commands, name), 0o755);
  }
  desk = await openServedDesk({ commandsDir: commands });
});
afterEach(async () => {
  await desk.clear();
  await rm(commands, { recursive: true });
});

const status = async () => (await desk.sluice(["status", "--json"])).json() as Status;
async function live(drift: string): Promise<void> {
  const target = "command: { deploy: ./deploy.sh, verify: ./verify.sh }";
  await desk.file(
    "sluice.yaml",
    `apiVersion: sluice/v1\napp: shop\nstages:\n  - name: production\n    drift: ${drift}\n    targets: [${target}]\n`,
  );
  expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
  await desk.file("program", "1.0.0");
  await desk.sluice(["publish", "1.0.0", "--component", "program=program"]);
  await until(status, ({ stages }) => stages[0]?.live?.version === "1.0.0");
}

test("what somebody changed is found by itself, opens an issue, and closes it when it is gone", async () => {
  await live("1s");
  await writeFile(join(commands, "live"), "0.9.0\n");
  const drifted = await until(status, ({ openIssues }) => openIssues.length > 0);
  expect(drifted.openIssues[0]?.title).toMatch(
    /production has drifted: its target command should have 1\.0\.0, but .*0\.9\.0 is live/,
  );
  expect(drifted.stages[0]?.targets[0]?.drift?.text).toMatch(/0\.9\.0 is live/);
  const said = await desk.sluice(["status"]);
  expect(said.out).toMatch(/INCONSISTENT: command has drifted/);
  expect(said.out).toMatch(/command 1\.0\.0 \(drifted\)/);
  expect((await desk.sluice(["why", "1.0.0", "production"])).out).toMatch(/has drifted/);

  await writeFile(join(commands, "live"), "1.0.0\n");
  const mended = await until(status, ({ openIssues }) => openIssues.length === 0);
  expect(mended.stages[0]).toMatchObject({ inconsistent: null });
  const audit = (await desk.sluice(["audit"])).out;
  expect(audit).toMatch(/command of production has drifted from 1\.0\.0/);
  expect(audit).toMatch(/command of production has drifted no more/);
});

test("is looked at when somebody asks, also where the pipeline says never", async () => {
  await live("false");
  const look = () => desk.sluice(["drift"]);
  expect(await look()).toMatchObject({
    code: 0,
    out: expect.stringMatching(/production +command +agrees +.*1\.0\.0 is live/),
  });
  await writeFile(join(commands, "live"), "0.9.0\n");
  expect(await look()).toMatchObject({ code: 1, out: expect.stringMatching(/differs +.*0\.9\.0 is live/) });
  expect((await status()).openIssues).toHaveLength(1);
  await rm(join(commands, "live"));
  expect(await look()).toMatchObject({ code: 0, out: expect.stringMatching(/unknown +it cannot be looked at: /) });
  expect((await desk.sluice(["drift", "--json", "production"])).json()).toMatchObject({
    app: "shop",
    targets: [{ stage: "production", target: "command", state: "unknown" }],
  });
  expect(await desk.sluice(["drift", "prodution"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/production/),
  });
});

test("a stage that has only its feed cannot drift", async () => {
  await desk.file("sluice.yaml", "apiVersion: sluice/v1\napp: shop\nstages:\n  - name: production\n");
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  expect(await desk.sluice(["drift"])).toMatchObject({ code: 0, out: expect.stringMatching(/nothing can drift/) });
});
