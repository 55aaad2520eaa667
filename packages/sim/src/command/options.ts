import { parseArgs } from "node:util";
import type { Limits } from "../history/draw.ts";
import { type FaultName, faultNames } from "../world/faults.ts";

/** What `npm run sim` was asked for. */
export interface SimOptions {
  readonly seeds: number;
  readonly from: number;
  readonly trace: boolean;
  /** Prints what each history came to as one hash of all that was told, to be compared with another machine's. */
  readonly hashes: boolean;
  readonly limits: Limits;
  /** Ends with the first violation, which is not made smaller. */
  readonly first: boolean;
  /** It is one of several processes that share the seeds. */
  readonly part: boolean;
  readonly json: boolean;
  /** Plants defects instead, and sees whether they are found; only those whose names contain one of the texts, which commas separate. */
  readonly planted: boolean;
  readonly only: string;
}

const faults = faultNames.join(", ").replace(/(.{80,}?), /g, "$1,\n                      ");

/** How the command is used. */
export const usage = `usage: npm run sim -- [--seeds N] [--from S] [limits] [--trace | --hashes] [--first] [--json]
       npm run sim -- --planted [--only TEXT,…] [--seeds N] [--from S] [--json]
       npm run sim -- --help

The first runs the simulated histories of N seeds (100, unless told) from S (1) on, and tells of each that is violated the shortest history
that shows it. The second plants defects in a copy of the code, one at a time, and tells what saw each after how many of N histories (1000).

  --trace           tells everything that anybody saw, a line each
  --hashes          tells one hash of each history, to be compared with another machine's
  --first           ends with the first violation, which is not made smaller
  --json            prints one JSON object instead of text
  --only TEXT,…     only defects that have one of the texts in their names
limits, which make the histories of the same seeds smaller:
  --days N, --clients N (in each stage), --servers N, --agents N, --stages N    no more than that
  --idle N            in the first N days nobody publishes or does anything
  --without FAULT,…   without these faults, or all: ${faults}

Ends with 0 when all is well, 1 when something was violated or a defect was not caught, 2 when it does not understand what was asked for,
3 when something could not be run.`;

/** More seeds than anybody has the time for, and later ones than the generator tells apart. */
const highest = { seeds: 1_000_000, from: 4_000_000_000 } as const;
const onlyOfHistories = [
  "trace",
  "hashes",
  "first",
  "part",
  "without",
  "days",
  "clients",
  "servers",
  "agents",
  "stages",
  "idle",
] as const;

/** Reads the options. @returns what is wrong with them, as a text for people, when they cannot be read; `help` when they ask for that */
export function optionsFrom(argv: readonly string[]): SimOptions | "help" | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: "boolean", short: "h", default: false },
        seeds: { type: "string" },
        from: { type: "string", default: "1" },
        trace: { type: "boolean" },
        hashes: { type: "boolean" },
        first: { type: "boolean" },
        part: { type: "boolean" },
        json: { type: "boolean", default: false },
        without: { type: "string" },
        days: { type: "string" },
        clients: { type: "string" },
        servers: { type: "string" },
        agents: { type: "string" },
        stages: { type: "string" },
        idle: { type: "string" },
        planted: { type: "boolean", default: false },
        only: { type: "string" },
      },
    });
    if (values.help) return "help";
    const { planted, only, json } = values;
    const other = onlyOfHistories.find((name) => values[name] !== undefined);
    if (planted && other !== undefined) throw new RangeError(`--planted cannot be asked for together with --${other}.`);
    if (!planted && only !== undefined) throw new RangeError("--only says which defects to plant: it wants --planted.");
    const { trace = false, hashes = false, first = false, part = false } = values;
    if (json && trace) throw new RangeError("--trace is text: it cannot be asked for together with --json.");
    return {
      trace,
      hashes,
      first,
      part,
      json,
      planted,
      only: only ?? "",
      seeds: whole("seeds", values.seeds ?? (planted ? "1000" : "100"), 1, highest.seeds),
      from: whole("from", values.from, 0, highest.from),
      limits: limitsFrom(values),
    };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

/** What the smallest of each is. */
const least = { days: 1, clients: 1, servers: 1, agents: 0, stages: 1, idle: 0 } as const;

function limitsFrom(values: { readonly without?: string; readonly [name: string]: unknown }): Limits {
  const sizes = Object.entries(least).flatMap(([name, fewest]) => {
    const text = values[name];
    return typeof text === "string" ? [[name, whole(name, text, fewest, 1_000)]] : [];
  });
  const names = (values.without ?? "").split(",").filter((name) => name !== "");
  const without = names.flatMap((name) => (name === "all" ? faultNames : faultNamed(name)));
  return { ...Object.fromEntries(sizes), without };
}

function whole(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new RangeError(`--${name} "${text}" is not a whole number from ${from} to ${to}.`);
}

function faultNamed(name: string): FaultName {
  const found = faultNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new RangeError(`There is no fault "${name}". There are: ${faultNames.join(", ")}.`);
}
