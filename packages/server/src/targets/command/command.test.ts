import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandTargetSchema } from "@sluice/core/targets/command.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../clock/clock.ts";
import { orderFor, targetContract } from "../contract.ts";
import { TargetFailure } from "../failure.ts";
import { commandTarget } from "./command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-command-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const release = (version: string) => ({
  version,
  manifest: manifestOf(version),
  digest: `digest-of-${version}`,
  publishedAt: 0,
  publishedBy: "ci",
});

async function script(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, name), 0o755);
}

function open(config: object, secrets: Readonly<Record<string, string>> = {}) {
  return commandTarget(commandTargetSchema.parse(config), {
    clock: systemClock,
    secrets: (name) => secrets[name],
    folder,
  });
}

const newest = () => orderFor({ main: release("1.1.0") });
const deploy = (config: object, secrets?: Readonly<Record<string, string>>, signal = new AbortController().signal) =>
  open(config, secrets).deploy(newest(), signal);
const failure = (promise: Promise<unknown>): Promise<TargetFailure> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => {
      if (error instanceof TargetFailure) return error;
      throw error;
    },
  );

describe("its steps", () => {
  // Two steps that each leave a mark, and that a kill can come between: the whole process group dies, as with the machine.
  const apply = `
cd "$(dirname "$0")"
step() {
  [ "$(cat "$1" 2>/dev/null)" = "$SLUICE_VERSION" ] && return
  left=$(cat left 2>/dev/null)
  [ "$left" = 0 ] && kill -9 0
  [ -n "$left" ] && echo $((left - 1)) > left
  printf %s "$SLUICE_VERSION" > "$1"
  echo x >> changes
}
step prepared
step live
[ "$(cat left 2>/dev/null)" = 0 ] && kill -9 0
exit 0`;
  targetContract("command", async () => {
    await script("apply.sh", apply);
    await script("plan.sh", `[ "$(cat live 2>/dev/null)" = "$SLUICE_VERSION" ] && exit 0; echo change; exit 2`);
    await script("verify.sh", `[ "$(cat live 2>/dev/null)" = "$SLUICE_VERSION" ] || { cat live; exit 1; }`);
    const target = () => open({ deploy: "./apply.sh", plan: "./plan.sh", verify: "./verify.sh" });
    const read = (name: string) => {
      try {
        return readFileSync(join(folder, name), "utf8");
      } catch {
        return "";
      }
    };
    return {
      open: target,
      older: release("1.0.0"),
      newer: release("1.1.0"),
      live: async () => ({ main: read("live") || null }),
      changes: () => read("changes").length,
      cutAfter(changes) {
        if (changes === undefined) rmSync(join(folder, "left"), { force: true });
        else writeFileSync(join(folder, "left"), String(changes));
      },
      async remove() {
        for (const name of ["live", "prepared", "changes", "left"]) await rm(join(folder, name), { force: true });
      },
    };
  });
});

test("its commands find what is asked of them in their environment, and nothing of the server's", async () => {
  await script("deploy.sh", "env | sort > seen");
  const order = { ...newest(), leaving: release("1.2.0") };
  await open({ deploy: ["deploy.sh"], env: { REGION: "north" }, secrets: ["KEY"] }, { KEY: "s3cret" }).rollback(
    order,
    new AbortController().signal,
  );
  const seen = Object.fromEntries(
    (await readFile(join(folder, "seen"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  expect(seen).toMatchObject({
    SLUICE_APP: "myapp",
    SLUICE_STAGE: "production",
    SLUICE_VERSION: "1.1.0",
    SLUICE_DIGEST: "digest-of-1.1.0",
    SLUICE_LEAVING: "1.2.0",
    SLUICE_EFFECT: order.id,
    REGION: "north",
    KEY: "s3cret",
  });
  expect(
    Object.keys(seen).filter(
      (name) =>
        process.env[name] !== undefined && !["PATH", "LANG", "HOME", "PWD", "SHLVL", "OLDPWD", "_"].includes(name),
    ),
  ).toEqual([]);
});

test("its `deploy` is never run for no release: what leaves stays, and that is said", async () => {
  await script("deploy.sh", "echo ran >> ran");
  await script("away.sh", 'echo "$SLUICE_LEAVING goes, for [$SLUICE_VERSION]" >> ran');
  const order = orderFor({ main: null, leaving: release("1.0.0") });
  const back = (config: object) => open(config).rollback(order, new AbortController().signal);
  expect(await failure(back({ deploy: "deploy.sh" }))).toMatchObject({
    retryable: false,
    message: expect.stringMatching(/no release to go back to, so 1\.0\.0 stays .* names no `rollback`/),
  });
  await back({ deploy: "deploy.sh", rollback: "away.sh" });
  expect(await readFile(join(folder, "ran"), "utf8")).toBe("1.0.0 goes, for []\n");
});

test("exit codes say whether it is tried again", async () => {
  await script("busy.sh", "echo locked; exit 75");
  await script("wrong.sh", "echo no such bucket >&2; exit 3");
  expect(await failure(deploy({ deploy: "busy.sh" }))).toMatchObject({ retryable: true });
  const wrong = await failure(deploy({ deploy: "wrong.sh" }));
  expect(wrong).toMatchObject({ retryable: false, message: "wrong.sh ended with 3: no such bucket" });
  expect(wrong.evidence).toMatchObject({ exitCode: 3, output: "no such bucket\n" });
});

test("a command that hangs, and has others hang with it, is ended with all of them", async () => {
  await script("hang.sh", 'trap "" TERM; (sleep 600 & echo $! > child; wait) & wait');
  const hung = await failure(deploy({ deploy: "hang.sh", timeout: "2s" }));
  expect(hung).toMatchObject({ retryable: false, message: "hang.sh was ended after 2s, its timeout" });
  const child = Number(await readFile(join(folder, "child"), "utf8"));
  // A zombie that nobody has buried yet is over too.
  const status = () => readFile(`/proc/${child}/stat`, "utf8").catch(() => "gone Z ");
  await expect.poll(status).toMatch(/ [ZX] /);
});

test("secrets that a command prints are not kept", async () => {
  await script("leak.sh", 'echo "key is $KEY"; exit 1');
  const leaked = await failure(deploy({ deploy: "leak.sh", secrets: ["KEY"] }, { KEY: "s3cret" }));
  expect(JSON.stringify([leaked.message, leaked.evidence])).not.toContain("s3cret");
  expect(leaked.message).toContain("key is ***");
});

test.each([
  ["a program that is not there", { deploy: "none.sh" }, /there is no none\.sh/],
  ["a secret that the server does not have", { deploy: "ok.sh", secrets: ["KEY"] }, /no secret KEY/],
  ["a folder that is not there", { deploy: "ok.sh", folder: "nowhere" }, /nowhere/],
])("%s is said, and not tried again", async (_, config, message) => {
  await script("ok.sh", "exit 0");
  const failed = await failure(deploy(config));
  expect(failed).toMatchObject({ retryable: false });
  expect(failed.message).toMatch(message);
});

test("a server without a folder for commands runs none", async () => {
  await script("ok.sh", "exit 0");
  const target = commandTarget(commandTargetSchema.parse({ deploy: "ok.sh" }), {
    clock: systemClock,
    secrets: () => undefined,
    folder: undefined,
  });
  expect((await failure(target.deploy(newest(), new AbortController().signal))).message).toMatch(/--commands DIR/);
});

test("a line that only a shell could read is refused, and so is a program outside of the folder", () => {
  for (const line of ["a.sh | b.sh", "a.sh $HOME", "../a.sh", "/bin/sh", ""])
    expect(commandTargetSchema.safeParse({ deploy: line }).success, line).toBe(false);
  expect(commandTargetSchema.parse({ deploy: "./bin/all-apply.sh dev" }).deploy).toEqual(["./bin/all-apply.sh", "dev"]);
});
