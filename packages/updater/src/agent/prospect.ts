import { readChoices } from "../choices/choices.ts";
import { layoutOf } from "../disk/layout.ts";
import type { Offered } from "../events.ts";
import type { AgentConfig } from "./config.ts";
import { consentTo } from "./consent.ts";

/**
 * Why an agent of this configuration does not install what is on offer now, and when it will; undefined when it would.
 * @param now ms since the epoch
 */
export async function whatHolds(
  offer: Offered,
  { schedule, folder }: Pick<AgentConfig, "schedule" | "folder">,
  now: number,
): Promise<string | undefined> {
  if (schedule === undefined)
    return "checks are switched off (update.enabled): run `sluice agent update` to install it";
  const consent = consentTo(offer, schedule, await readChoices(layoutOf(folder)), now);
  return consent.given ? undefined : consent.why;
}
