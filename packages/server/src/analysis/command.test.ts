import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandSchema } from "@sluice/core/analysis/providers/command.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { systemClock } from "../clock/clock.ts";
import { commandProvider } from "./command.ts";
import { describeProvider, measured } from "./contract.ts";

const secret = "s3cret-value";
const secrets = (name: string) => (name === "API_TOKEN" ? secret : undefined);
const probe = (given: z.input<typeof commandSchema>) => commandSchema.parse(given);
const never = () => new AbortController().signal;

let house: string;
let folder: string;
beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), "sluice-commands-"));
  folder = join(house, "commands");
  await mkdir(folder);
  await script("exits", 'echo "exits with $1"; exit "$1"');
  await script("hangs", 'sleep 300 & echo $! > "$1"; wait');
});
afterAll(() => rm(house, { recursive: true }));

async function script(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, name), 0o755);
}

const provider = () => commandProvider({ clock: systemClock, secrets, folder });
const measure = (given: z.input<typeof commandSchema>) => provider().measure(probe(given), measured, never());

/** What became of the process whose id stands in a file. A zombie that nobody has buried yet is over too. */
async function fateOf(pidFile: string): Promise<"nothing" | "running" | "over"> {
  const pid = Number(await readFile(pidFile, "utf8").catch(() => ""));
  if (pid === 0) return "nothing";
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return status === undefined || / [ZX] /.test(status) ? "over" : "running";
}

describeProvider("command", async () => {
  const own = await mkdtemp(join(house, "case-"));
  const pidFile = join(own, "pid");
  return {
    provider: provider(),
    pass: probe({ run: ["exits", "0"] }),
    fail: probe({ run: ["exits", "1"] }),
    inconclusive: probe({ run: ["exits", "75"], "exit-codes": { inconclusive: [75] } }),
    gone: probe({ run: ["missing.sh"] }),
    late: probe({ run: ["hangs", pidFile], timeout: "2s" }),
    hanging: probe({ run: ["hangs", pidFile], timeout: "5m" }),
    begun: () => fateOf(pidFile),
    close: () => rm(own, { recursive: true }),
  };
});

test("an exit code that nobody gave a meaning is an error of the measurement", async () => {
  expect(await measure({ run: ["exits", "3"] })).toMatchObject({
    verdict: "error",
    reason: "exits ended with 3, which means nothing that the pipeline names: exits with 3",
    evidence: { exitCode: 3, output: "exits with 3\n" },
  });
  expect((await measure({ run: ["exits", "0"], "exit-codes": { pass: [3] } })).verdict).toBe("error");
});

test("no shell reads the arguments", async () => {
  await script("says", 'printf "%s|" "$@"');
  const { evidence } = await measure({ run: ["says", "$(id)", "a b", "; exit 1", "*"] });
  expect(evidence.output).toBe("$(id)|a b|; exit 1|*|");
});

test("its environment is what the pipeline gives it and what is measured; its folder is the server's for commands", async () => {
  await script("tells", "env | sort; pwd");
  process.env.SLUICE_TEST_OF_LEAKS = "leaked";
  const { evidence } = await measure({ run: ["tells"], env: { LEVEL: "3" } });
  delete process.env.SLUICE_TEST_OF_LEAKS;
  const lines = String(evidence.output)
    .trim()
    .split("\n")
    .filter((line) => !/^(_|PWD|OLDPWD|SHLVL)=/.test(line));
  expect(lines).toEqual([
    "LANG=C.UTF-8",
    "LEVEL=3",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SLUICE_APP=myapp",
    "SLUICE_PREVIOUS=1.2.2",
    "SLUICE_SINCE=2026-01-01T00:00:00.000Z",
    "SLUICE_STAGE=beta",
    "SLUICE_VERSION=1.2.3",
    expect.stringMatching(/\/commands$/),
  ]);
});

test("a secret reaches it and is not kept", async () => {
  await script("leaks", 'echo "token $API_TOKEN" >&2; exit 1');
  const found = await measure({ run: ["leaks"], secrets: ["API_TOKEN"] });
  expect(found.evidence.output).toBe("token ***\n");
  expect(JSON.stringify(found)).not.toContain(secret);
  expect((await measure({ run: ["leaks"], secrets: ["OTHER"] })).reason).toContain("no secret OTHER");
});

test("of a long output the end is kept", async () => {
  await script("floods", "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo the end; exit 1");
  const { reason, evidence } = await measure({ run: ["floods"] });
  expect(String(evidence.output).length).toBeLessThan(5_000);
  expect(reason).toBe("floods ended with 1: the end");
});

test("what it leaves in the background is ended with it", async () => {
  const pidFile = join(house, "background");
  await script("leaves", 'sleep 300 & echo $! > "$1"; exit 0');
  expect((await measure({ run: ["leaves", pidFile] })).verdict).toBe("pass");
  await expect.poll(() => fateOf(pidFile)).toBe("over");
});

test("one that takes no notice of being asked to end is killed", async () => {
  const pidFile = join(house, "stubborn");
  await script("stays", 'trap "" TERM; echo $$ > "$1"; while :; do sleep 0.05; done');
  expect((await measure({ run: ["stays", pidFile], timeout: "2s" })).reason).toBe("stays was ended after 2s");
  await expect.poll(() => fateOf(pidFile)).toBe("over");
});

test("a program that a signal ended is an error of the measurement", async () => {
  await script("crashes", "kill -SEGV $$");
  expect(await measure({ run: ["crashes"] })).toMatchObject({
    verdict: "error",
    reason: "crashes was ended by SIGSEGV",
  });
});

test("only programs in the folder are run, and only if they may be", async () => {
  await symlink("/bin/true", join(folder, "out"));
  await writeFile(join(folder, "plain"), "#!/bin/sh\n");
  expect((await measure({ run: ["out"] })).reason).toContain("leads out of the server's folder for commands");
  expect((await measure({ run: ["plain"] })).reason).toContain("may not be executed: chmod +x");
  for (const program of ["/bin/true", "../out", "a/../../out", ""])
    expect(commandSchema.safeParse({ run: [program] }).success, program).toBe(false);
});

test("without a folder for commands none is run", async () => {
  const none = commandProvider({ clock: systemClock, secrets, folder: undefined });
  expect(await none.measure(probe({ run: ["exits", "0"] }), measured, never())).toMatchObject({
    verdict: "error",
    reason: expect.stringContaining("--commands DIR"),
  });
});
