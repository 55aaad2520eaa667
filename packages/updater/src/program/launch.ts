import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import type { Layout } from "../disk/layout.ts";
import { UpdaterError } from "../errors.ts";
import { type Command, type Place, prepare } from "./command.ts";
import { bootId, runIdVariable, startTicks } from "./processes.ts";
import { writeRun } from "./run-file.ts";

/** Longest that the program's output may become before it is put aside as `program.log.1`, bytes. */
const longestOutput = 10 * 1024 * 1024;

/**
 * Starts a version's program as a process group of its own, with its output in `program.log`, and writes down what it runs as.
 * @throws UpdaterError PROGRAM_FAILED when it cannot be started
 */
export async function launch(layout: Layout, command: Command, place: Place): Promise<ChildProcess> {
  const { file, args, cwd, env } = prepare(command, place);
  const run = { runId: randomUUID(), boot: bootId(), version: place.version };
  // Written before the start, so that a process that nobody had time to write down is found by the run's id.
  await writeRun(layout, run);
  const output = openOutput(layout.programLog);
  const child = spawn(file, args, {
    cwd,
    env: { ...env, [runIdVariable]: run.runId },
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    // Stays for good: a later failed signal must not end the updater.
    child.on("error", (error) =>
      reject(
        new UpdaterError(
          "PROGRAM_FAILED",
          `The program of version ${place.version} cannot be started (in ${cwd}): ${error.message}`,
          { cause: error },
        ),
      ),
    );
  });
  const { pid } = child;
  const ticks = pid === undefined ? undefined : startTicks(pid);
  if (pid !== undefined && ticks !== undefined) await writeRun(layout, { ...run, pid, startTicks: ticks });
  return child;
}

function openOutput(path: string): number {
  try {
    if (statSync(path).size > longestOutput) renameSync(path, `${path}.1`);
  } catch {
    // There is no output yet.
  }
  return openSync(path, "a", 0o640);
}
