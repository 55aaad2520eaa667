import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import type { ChecklistItem } from "@sluice/core/gates/checklist.ts";
import { commandProvider } from "../analysis/command.ts";
import { httpProvider } from "../analysis/http.ts";
import type { Measured, Secrets } from "../analysis/provider.ts";
import type { Clock } from "../clock/clock.ts";

/** Finds the answer to one item of a checklist. Never rejects, as no provider does. */
export type Ask = (item: ChecklistItem, measured: Measured, signal: AbortSignal) => Promise<Finding>;

/** Asks with requests and with the programs of a folder. @param options.commandsDir undefined: no program may be run */
export function askWith(options: {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly commandsDir: string | undefined;
}): Ask {
  const { clock, secrets, commandsDir } = options;
  const http = httpProvider({ clock, secrets });
  const command = commandProvider({ clock, secrets, folder: commandsDir });
  return async (item, measured, signal) => {
    if (item.http !== undefined) return http.measure(item.http, measured, signal);
    if (item.command !== undefined) return command.measure(item.command, measured, signal);
    return measurementError(`${item.id} is for a person to answer`);
  };
}
