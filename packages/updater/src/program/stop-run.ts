import type { Layout } from "../disk/layout.ts";
import { UpdaterError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { signalGroup } from "./processes.ts";
import { forgetRun, livingProcesses, readRun } from "./run-file.ts";

/** Who is not gone so long after SIGKILL hangs in the kernel, ms. */
const killGraceMs = 10_000;

/**
 * Stops what `run.json` names, whoever started it: SIGTERM to its process group, SIGKILL after `timeoutMs`. When this resolves,
 * nothing of that run lives.
 * @throws UpdaterError PROGRAM_FAILED when it does not end even so
 */
export async function stopRun(layout: Layout, clock: Clock, timeoutMs: number): Promise<void> {
  const run = await readRun(layout);
  if (run === undefined) return;
  let living = livingProcesses(run);
  for (const pid of living) signalGroup(pid, "SIGTERM");
  const killAt = clock.now() + timeoutMs;
  let killed = false;
  for (let pauseMs = 5; living.length > 0; pauseMs = Math.min(100, pauseMs + 5)) {
    if (clock.now() >= killAt) {
      if (killed && clock.now() >= killAt + killGraceMs)
        throw new UpdaterError("PROGRAM_FAILED", `The program (process ${living[0]}) does not end, even when killed`);
      killed = true;
      for (const pid of living) signalGroup(pid, "SIGKILL");
    }
    await clock.sleep(pauseMs);
    living = livingProcesses(run);
  }
  await forgetRun(layout);
}
