import { runClientLife } from "../client-life/run.ts";
import { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import type { Shape } from "./draw.ts";
import type { Violation } from "./violation.ts";

const day = 24 * 3_600_000;

/** Machines by themselves: few machines of a history are updated more than a few times. A history that is about one thing has more of them, as it is short. */
export async function liveOn(seed: number, { weather, focus }: Shape, world: World): Promise<Violation | undefined> {
  for (const stream of focus === undefined ? [50] : [50, 51, 52, 53]) {
    const violation = await runClientLife({
      random: new Random(seed, stream),
      dies: weather.agentDies > 0,
      fills: weather.agentDiskFull > 0,
      cuts: weather.cutConnections > 0,
      tell: (line) => world.tell(line),
      strike: (fault) => world.faults.strike(fault),
    });
    if (violation !== undefined) return { ...violation, day: world.elapsedMs() / day };
  }
  return undefined;
}
