import { spawn } from "node:child_process";
import { join } from "node:path";
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

/** A copy with a defect may also never end: a history that takes longer, in ms, is given up. */
const longestMs = 90_000;

/** Runs histories on code with a defect until one of them is violated. @param seeds how many at most */
export function hunt(copy: CodeCopy, defect: Defect, seeds: number): Promise<Catch> {
  return copy.withDefect(defect, async () => {
    const { code, output } = await run(join(copy.folder, "packages/sim/src/main.ts"), seeds);
    const found = output.split("\n").find((line) => line.startsWith('{"seed"'));
    if (found !== undefined) {
      const { seed, guards, what } = JSON.parse(found) as { seed: number; guards: string; what: string };
      return { defect: defect.name, guards, what, seeds: seed };
    }
    if (code === 0) return { defect: defect.name, guards: null, what: "", seeds };
    const reason =
      code === null ? "it did not end" : (output.match(/^\w*Error.*: .*/m)?.[0] ?? `it ended with ${code}`);
    const sound = output.match(/^sound \d+$/gm)?.length ?? 0;
    return { defect: defect.name, guards: "the code runs", what: reason, seeds: sound + 1 };
  });
}

function run(main: string, seeds: number): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ["--unhandled-rejections=none", main, "--first", "--seeds", String(seeds)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const giveUp = () => setTimeout(() => child.kill("SIGKILL"), longestMs);
  let patience = giveUp();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      clearTimeout(patience);
      patience = giveUp();
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(patience);
      resolve({ code, output });
    });
  });
}
