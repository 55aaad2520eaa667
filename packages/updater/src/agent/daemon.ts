import type { Layout } from "../disk/layout.ts";
import type { Log } from "../ports/log.ts";
import { type Ports, systemPorts } from "../ports/ports.ts";
import type { Updater } from "../updater.ts";
import { listenForRequests } from "./control.ts";
import { followInLog } from "./follow.ts";
import { inspectRegularly } from "./inspect-regularly.ts";
import { checkRegularly, type Schedule, sendRegularly } from "./loop.ts";

/**
 * Looks after an installation until the signal is aborted: ends what was left open, keeps the current version running, checks and
 * updates by the schedule, sends reports, and takes requests of `sluice agent update` and the like.
 * @param options.schedule absent: checks are switched off, and only requests install anything
 * @throws UpdaterError FOLDER_IN_USE when another agent does so already
 */
export async function runAgent(options: {
  readonly layout: Layout;
  readonly updater: Updater;
  readonly schedule: Schedule | undefined;
  readonly log: Log;
  readonly ports?: Ports;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { layout, updater, schedule, log, signal, ports = systemPorts } = options;
  const care = await updater.takeCare();
  followInLog(updater, log, ports.clock.now);
  try {
    const closeControl = await listenForRequests({ layout, updater, log, signal });
    try {
      await care.settle(signal).catch((error: unknown) => {
        if (!signal.aborted)
          log.error("What was left open could not be ended; it is tried again", { why: String(error) });
      });
      const { installed, program } = await updater.status();
      log.info("The agent runs", {
        installed: installed ?? "nothing",
        program: program.pid ?? "none",
        folder: layout.folder,
      });
      await Promise.all([
        schedule === undefined ? untilAborted(signal) : checkRegularly({ updater, care, schedule, ports, log, signal }),
        sendRegularly(updater, ports, signal),
        inspectRegularly(updater, { ports, log, mayAsk: schedule !== undefined, signal }),
      ]);
    } finally {
      await closeControl();
    }
  } finally {
    await care.end();
    log.info("The agent has stopped");
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
