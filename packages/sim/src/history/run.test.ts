import { spawn } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { readPipeline } from "./pipeline.ts";
import { runHistory } from "./run.ts";

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test("the same seed gives the same history, byte for byte, in every time zone, and beside others that want the processor", async () => {
  const limits = { without: [], days: 3 };
  const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  for (let seed = 1; seed <= 20; seed++) {
    process.env.TZ = "Pacific/Kiritimati";
    const first = await runHistory(seed, { limits });
    process.env.TZ = "America/New_York";
    expect(new Date(0).getHours()).toBe(19);
    expect(await runHistory(seed, { limits })).toEqual(first);
    expect(first.events).toBeGreaterThan(10);
    if (seed === 10) busy.kill();
  }
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
  const without = [
    "crash",
    "stall",
    "diskFull",
    "publishingFails",
    "clockJump",
    "answerLost",
    "slowMs",
    "person",
  ] as const;
  const ofMachines = ["agentDies", "agentDiskFull", "cutConnections"] as const;
  const small = await runHistory(7, {
    limits: { without: [...without, ...ofMachines, "lostReports", "doubledReports"], days: 2, clients: 2, servers: 1 },
  });
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
