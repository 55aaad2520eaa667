import { execFileSync } from "node:child_process";
import { type History, runHistory } from "../history/run.ts";
import { limitsAsOptions, shrink } from "../history/shrink.ts";
import type { SimOptions } from "./options.ts";

/** What histories came to. */
export interface Tally {
  readonly ran: number;
  readonly days: number;
  readonly faults: number;
  readonly violations: number;
}

export function summaryOf({ ran, days, faults, violations }: Tally): string {
  return `${ran} histories, ${Math.round(days)} simulated days, ${faults} faults, ${violations} violations`;
}

/** Runs simulated histories and tells of each violation how to see it again. @returns the exit code */
export async function runSeeds({ seeds, from, trace, hashes, limits, first, part }: SimOptions): Promise<number> {
  let days = 0;
  let faults = 0;
  let violations = 0;
  let ran = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const history = await runHistory(seed, trace ? { limits, trace: (line) => console.log(line) } : { limits });
    ran++;
    days += history.days;
    faults += history.faults;
    if (hashes) console.log(`${seed} ${history.digest}`);
    if (history.violation !== undefined) {
      violations++;
      if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
      if (first) {
        console.error(JSON.stringify({ seed, ...history.violation }));
        break;
      }
      await explain(history, trace);
    }
    if (part) console.log("ran");
    if (first && history.violation === undefined) console.error(`sound ${seed}`);
    if (process.stderr.isTTY) process.stderr.write(`\r${ran} of ${seeds} histories`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const tally = { ran, days, faults, violations };
  console.log(part ? JSON.stringify(tally) : summaryOf(tally));
  return violations === 0 ? 0 : 1;
}

/** Tells of a violation and of the smallest history that shows it, all at once: several processes may have something to tell. */
async function explain(failed: History, traced: boolean): Promise<void> {
  const { seed, violation } = failed;
  if (violation === undefined) return;
  const found = [
    `seed ${seed}, day ${violation.day.toFixed(1)}: ${violation.what}`,
    `  violates: ${violation.guards}`,
    `  of ${sizeOf(failed)}`,
  ];
  if (!traced) {
    if (process.stderr.isTTY) process.stderr.write(`seed ${seed} failed: looking for the shortest history that fails`);
    const { history, limits } = await shrink(seed, failed);
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    const again = ["npm run sim -- --seeds 1 --from", seed, limitsAsOptions(limits), "--trace"];
    found.push(
      `  the shortest that was found: ${sizeOf(history)}: ${history.violation?.what}`,
      `  at commit ${commit()}, again: ${again.filter((part) => part !== "").join(" ")}`,
    );
  }
  console.error(found.join("\n"));
}

function sizeOf({ events, faults, days }: History): string {
  return `${events} events, ${faults} faults, ${days.toFixed(1)} days`;
}

/** Which code failed; `unknown` outside a checkout. */
function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}
