import { copiesFeed, outsideTargets } from "@sluice/core/targets/outside.ts";
import { Demands } from "../chronicle/demands.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";
import { Overdue } from "./overdue.ts";
import { undisturbed } from "./undisturbed.ts";

const hour = 3_600_000;
/** How long the target whose turn it is may take beside its own work, in ms: one that waits is asked again within two hours. */
const patienceMs = 4 * hour;
const slowWrites = 12;

/** Every target is brought to what is asked of it once nothing keeps it from that, whatever has failed before. */
export const targetsFollow: CheckerKind = {
  guards: "targets are brought to what is asked of them once nothing keeps them from it",
  create() {
    const demands = new Demands();
    const overdue = new Overdue({ needsTurn: false });
    const isCalm = undisturbed();
    return (world) => {
      demands.readOn(world, () => undefined);
      const behind = isCalm(world) ? behindNow(world, demands) : [];
      const { effectMs, slowMs, clockErrorMs } = world.faults.weather;
      // When to try again is kept by a clock that may have jumped since.
      const mostMs = patienceMs + 2 * effectMs + slowWrites * slowMs + 2 * clockErrorMs;
      return overdue.look(world, new Map(behind.map((what) => [what, mostMs])));
    };
  },
};

/** The target of each stage whose turn it is, where nothing outside is waited for. */
function behindNow(world: World, demands: Demands): string[] {
  return demands.told.stages.flatMap((spec) => {
    const asked = demands.of(spec.name);
    if (asked === undefined) return [];
    const next = outsideTargets(spec).find(({ name, config }) => !demands.isMet(spec.name, name, config));
    if (next === undefined || copiesFeed(next)) return [];
    const place = `${spec.name}/${next.name}`;
    if (world.targets.waits(`${world.app}/${place}@${asked.seq}`)) return [];
    return [`${place} does not have ${asked.content}, which event ${asked.seq} asks of it`];
  });
}
