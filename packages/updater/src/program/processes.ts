import { readdirSync, readFileSync } from "node:fs";

/** The environment variable by which a supervised program is known again, also when nobody had time to write down its process. */
export const runIdVariable = "SLUICE_RUN_ID";

/** Identifies this boot: process ids and start times mean nothing in another. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/**
 * When a process was started, in clock ticks since boot: field 22 of `/proc/PID/stat` (proc_pid_stat(5)).
 * @returns undefined when there is no such process, or only what is left of one until it is waited for
 */
export function startTicks(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // Field 2 is the command in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  return state === "Z" || state === "X" ? undefined : fields[19];
}

/** The processes that carry a run's id in the environment they were started with. */
export function processesOfRun(runId: string): number[] {
  const wanted = `${runIdVariable}=${runId}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && startTicks(pid) !== undefined && environmentOf(pid).includes(wanted));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Sends a signal to a process group, or to the process alone where it leads none. Who is gone already is no failure. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (!send(-pid, signal)) send(pid, signal);
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
