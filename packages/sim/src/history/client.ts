import { runClientLife } from "../client-life/run.ts";
import { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import type { Shape } from "./draw.ts";
import type { Violation } from "./violation.ts";

const day = 24 * 3_600_000;

/** One more machine, by itself: few machines of a history are updated more than a few times. */
export async function liveOn(seed: number, { weather }: Shape, world: World): Promise<Violation | undefined> {
  const violation = await runClientLife({
    random: new Random(seed, 50),
    dies: weather.agentDies > 0,
    fills: weather.agentDiskFull > 0,
    cuts: weather.cutConnections > 0,
    tell: (line) => world.tell(line),
    strike: (fault) => world.faults.strike(fault),
  });
  return violation === undefined ? undefined : { ...violation, day: world.elapsedMs() / day };
}
