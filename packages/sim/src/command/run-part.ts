import { exitCodes } from "./exit-codes.ts";
import type { Failure } from "./failure.ts";
import type { SimOptions } from "./options.ts";
import { type Ran, runHistories } from "./run-histories.ts";

/** A line that one of several processes tells the one that counts. */
export type Message = { readonly failed: Failure } | { readonly ran: Ran };

/** Runs histories for another process, which is told of each in a line of JSON. @returns the exit code */
export async function runPart(options: SimOptions): Promise<number> {
  let code: number = exitCodes.sound;
  const tell = (message: Message) => console.log(JSON.stringify(message));
  await runHistories(options, {
    failed(failed) {
      code = exitCodes.violated;
      tell({ failed });
    },
    ran: (ran) => tell({ ran }),
  });
  return code;
}

/** Reads such a line; undefined for what others print. */
export function messageIn(line: string): Message | undefined {
  if (!/^\{"(failed|ran)":/.test(line)) return undefined;
  return JSON.parse(line) as Message;
}
