import { execFileSync } from "node:child_process";
import { accountOf } from "../history/account.ts";
import type { Limits } from "../history/draw.ts";
import { limitsAsOptions } from "../history/limits-as-options.ts";
import type { History } from "../history/run.ts";
import { type Failed, shrink } from "../history/shrink.ts";

/** How much happened in a history. */
interface Size {
  readonly events: number;
  readonly faults: number;
  readonly days: number;
}

/** What a violated history came to, and how to see it again. As it stands in what `--json` prints. */
export interface Failure {
  readonly seed: number;
  /** When it was seen: days since the history began. */
  readonly day: number;
  /** What the checker guards that saw it. */
  readonly guards: string;
  readonly what: string;
  readonly history: Size;
  /** Missing where it was not looked for. */
  readonly shortest?: Size & {
    readonly attempts: number;
    readonly what: string;
    /** Its events and faults, a line each. */
    readonly account: readonly string[];
  };
  readonly commit: string;
  /** The command that runs the shortest one again. */
  readonly again: string;
}

interface FailureOptions {
  readonly limits: Limits;
  /** Whether to look for the shortest history that fails the same way: some forty more are run. */
  readonly small: boolean;
}

/** Puts together what there is to tell of a violated history. */
export async function failureOf(failed: Failed, { limits, small }: FailureOptions): Promise<Failure> {
  const { seed, violation } = failed;
  const told = { seed, ...violation, history: sizeOf(failed), commit: commit() };
  if (!small) return { ...told, again: again(seed, limits) };
  const isTerminal = process.stderr.isTTY;
  const found = await shrink(seed, failed, {
    limits,
    progress: (attempts, { events, days }) => {
      if (!isTerminal) return;
      const so = `${attempts} tried, ${events} events in ${days.toFixed(1)} days so far`;
      process.stderr.write(`\r\x1b[Kseed ${seed} failed: looking for the shortest history that fails: ${so}`);
    },
  });
  if (isTerminal) process.stderr.write("\r\x1b[K");
  const { history, attempts } = found;
  const shortest = {
    ...sizeOf(history),
    attempts,
    what: history.violation?.what ?? violation.what,
    account: accountOf(history.happened ?? []),
  };
  return { ...told, shortest, again: again(seed, found.limits) };
}

/** A failure as text for people. */
export function failureText({ seed, day, guards, what, history, shortest, commit, again }: Failure): string {
  const lines = [`seed ${seed}, day ${day.toFixed(1)}: ${what}`, `  violates: ${guards}`, `  of ${sizeText(history)}`];
  if (shortest !== undefined)
    lines.push(
      `  the shortest of ${shortest.attempts} that were tried: ${sizeText(shortest)}:`,
      ...shortest.account.map((line) => `    ${line}`),
      `  and then: ${shortest.what}`,
    );
  return [...lines, `  at commit ${commit}, again: ${again}`].join("\n");
}

function sizeOf({ events, faults, days }: History): Size {
  return { events, faults, days };
}

function sizeText({ events, faults, days }: Size): string {
  return `${events} events, ${faults} faults, ${days.toFixed(1)} days`;
}

function again(seed: number, limits: Limits): string {
  return ["npm run sim -- --seeds 1 --from", seed, ...limitsAsOptions(limits), "--trace"].join(" ");
}

/** Which code failed; `unknown` outside a checkout. */
function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}
