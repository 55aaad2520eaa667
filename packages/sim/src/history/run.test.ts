import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { faultNames } from "../world/faults.ts";
import { readPipeline } from "./pipeline/read.ts";
import { runHistory } from "./run.ts";

const main = join(import.meta.dirname, "../main.ts");
const run = promisify(execFile);

/** The hashes of all that was told in twenty histories, by a process of its own. */
async function hashes(zone: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, [main, "--seeds", "20", "--hashes"], {
    env: { ...process.env, TZ: zone },
  });
  return stdout.split("\n").filter((line) => /^\d+ [0-9a-f]{64}$/.test(line));
}

test("the same seed gives the same history, byte for byte, in every time zone, and beside others that want the processor", async () => {
  const first = await hashes("Pacific/Kiritimati");
  const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  try {
    expect(await hashes("America/New_York")).toEqual(first);
  } finally {
    busy.kill();
  }
  expect(new Set(first.map((line) => line.split(" ")[1])).size).toBe(20);
}, 600_000);

test("other seeds give other histories", async () => {
  expect((await runHistory(4)).digest).not.toBe((await runHistory(5)).digest);
});

test("histories with people and faults violate nothing, and come to rest", async () => {
  let faults = 0;
  for (let seed = 100; seed < 112; seed++) {
    const history = await runHistory(seed);
    expect(history.violation, `seed ${seed}`).toBeUndefined();
    faults += history.faults;
  }
  expect(faults).toBeGreaterThan(300);
}, 300_000);

test("a history can be made smaller: fewer days, clients, servers and faults", async () => {
  const whole = await runHistory(7);
  const small = await runHistory(7, { limits: { without: faultNames, days: 2, clients: 2, servers: 1 } });
  expect(small).toMatchObject({ faults: 0 });
  expect(small.days).toBeLessThan(whole.days);
  expect(small.events).toBeLessThan(whole.events);
  expect(small.violation).toBeUndefined();
});

test("everybody sees what happens, a line each", async () => {
  const lines: string[] = [];
  await runHistory(3, { trace: (line) => lines.push(line) });
  expect(lines.some((line) => /is offered/.test(line))).toBe(true);
  expect(lines.some((line) => /publisher gives .*PublishRelease/.test(line))).toBe(true);
  expect(lines.some((line) => /the faults have ended/.test(line))).toBe(true);
});

test("a drawn pipeline that cannot be read is a mistake", () => {
  expect(() => readPipeline("stages: []")).toThrow(/the drawn pipeline is invalid/);
});
