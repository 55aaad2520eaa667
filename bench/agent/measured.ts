import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";

/** What one command took. */
export interface Cost {
  readonly wallMs: number;
  /** Of the command and all that it started: user and system. */
  readonly cpuMs: number;
  /** The largest resident set that one of its processes had. */
  readonly peakMiB: number;
}

/** The memory of a process is looked at so often, ms. It is a high-water mark, so only the last moments can be missed. */
const lookMs = 10;

/** Runs a command line in bash, and measures it. @throws Error when it fails, with what it said */
export async function measured(script: string, cwd: string): Promise<Cost> {
  const timed = `TIMEFORMAT="%R %U %S"; time { ${script}\n}`;
  const child = spawn("/bin/bash", ["-e", "-o", "pipefail", "-c", timed], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let peakKiB = 0;
  const watch = setInterval(() => {
    for (const pid of descendants(child.pid ?? 0)) peakKiB = Math.max(peakKiB, peakOf(pid));
  }, lookMs);
  try {
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    const lines = said.trimEnd().split("\n");
    const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = (lines.at(-1) ?? "").split(" ").map(Number);
    if (code !== 0 || Number.isNaN(system)) throw new Error(`${script}\nended with code ${code}: ${said}`);
    return { wallMs: wall * 1_000, cpuMs: (user + system) * 1_000, peakMiB: peakKiB / 1_024 };
  } finally {
    clearInterval(watch);
  }
}

/** The processes below one, without itself. */
function descendants(pid: number): number[] {
  const children = (of: number): number[] => {
    try {
      return readdirSync(`/proc/${of}/task`).flatMap((task) =>
        readFileSync(`/proc/${of}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
      );
    } catch {
      return [];
    }
  };
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** KiB */
function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
