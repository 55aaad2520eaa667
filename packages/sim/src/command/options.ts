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
  /** Plants defects instead, and sees whether they are found; only those whose names contain one of the texts, which commas separate. */
  readonly planted: boolean;
  readonly only: string;
}

const usage = `usage: npm run sim -- [--seeds N] [--from S] [--trace] [--hashes] [--first] [--without FAULT,…] [--days N] [--clients N] [--servers N]
       npm run sim -- --planted [--only TEXT,…] [--seeds N] [--from S]
N and S are whole numbers. Faults: ${faultNames.join(", ")}`;

/** Reads the options. @returns what is wrong with them, as a text for people, when they cannot be read */
export function optionsFrom(argv: readonly string[]): SimOptions | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seeds: { type: "string", default: "100" },
        from: { type: "string", default: "1" },
        trace: { type: "boolean", default: false },
        hashes: { type: "boolean", default: false },
        first: { type: "boolean", default: false },
        part: { type: "boolean", default: false },
        without: { type: "string", default: "" },
        days: { type: "string" },
        clients: { type: "string" },
        servers: { type: "string" },
        planted: { type: "boolean", default: false },
        only: { type: "string", default: "" },
      },
    });
    const { trace, hashes, first, part, planted, only, days, clients, servers } = values;
    return {
      trace,
      hashes,
      first,
      part,
      planted,
      only,
      seeds: whole(values.seeds, 1),
      from: whole(values.from, 0),
      limits: {
        without: values.without
          .split(",")
          .filter((name) => name !== "")
          .map(faultNamed),
        ...(days === undefined ? {} : { days: whole(days, 1) }),
        ...(clients === undefined ? {} : { clients: whole(clients, 1) }),
        ...(servers === undefined ? {} : { servers: whole(servers, 1) }),
      },
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${usage}`;
  }
}

function whole(text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`"${text}" is not a whole number of at least ${least}.`);
}

function faultNamed(name: string): FaultName {
  const found = faultNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new RangeError(`There is no fault "${name}".`);
}
