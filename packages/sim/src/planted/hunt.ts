import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageIn } from "../command/run-part.ts";
import { codeRuns } from "../history/run.ts";
import type { CodeCopy } from "./copy.ts";
import type { Defect } from "./defect.ts";

/** What became of a planted defect. */
export interface Catch {
  readonly defect: string;
  /** What the checker that saw it guards, or that the code did not run; null when nothing saw it. */
  readonly guards: string | null;
  readonly what: string;
  /** How many histories it took. */
  readonly seeds: number;
}

/** A copy with a defect may also never end: a history that takes more time of the processor, in ms, is given up. */
const longestMs = 60_000;

/** The histories that are tried, one after the other. */
interface Seeds {
  readonly from: number;
  /** How many at most. */
  readonly seeds: number;
}

/** Runs histories on code with a defect until one of them is violated. */
export function hunt(copy: CodeCopy, defect: Defect, { from, seeds }: Seeds): Promise<Catch> {
  return copy.withDefect(defect, async () => {
    const { code, output } = await run(join(copy.folder, "packages/sim/src/main.ts"), [
      "--from",
      String(from),
      "--seeds",
      String(seeds),
    ]);
    const messages = output.split("\n").flatMap((line) => messageIn(line) ?? []);
    for (const message of messages)
      if ("failed" in message) {
        const { seed, guards, what } = message.failed;
        return { defect: defect.name, guards, what, seeds: seed - from + 1 };
      }
    if (code === 0) return { defect: defect.name, guards: null, what: "", seeds };
    const reason =
      code === null ? "it did not end" : (output.match(/^\w*Error.*: .*/m)?.[0] ?? `it ended with ${code}`);
    return { defect: defect.name, guards: codeRuns, what: reason, seeds: messages.length + 1 };
  });
}

async function run(
  main: string,
  options: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ["--unhandled-rejections=none", main, "--part", "--first", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let usedMs = 0;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      usedMs = cpuMsOf(child.pid);
    });
  const watch = setInterval(() => {
    if (cpuMsOf(child.pid) - usedMs > longestMs) child.kill("SIGKILL");
  }, 1_000);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output };
  } finally {
    clearInterval(watch);
  }
}

/** The processor time that a process has used, in ms, by proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms; elsewhere than on Linux the time that has passed. */
function cpuMsOf(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return performance.now();
  }
}
