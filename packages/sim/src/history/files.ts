import { Random } from "../fleet/random.ts";
import { runServerFiles } from "../server-files/run.ts";
import type { World } from "../world/world.ts";
import type { Shape } from "./draw.ts";
import type { Violation } from "./violation.ts";

const day = 24 * 3_600_000;
/** How many servers that die write their files in a history: that is soon done, and each shows something else. */
const fileHistories = 4;
/** How many are killed once at their beginning, and lose power later. */
const beginnings = 12;
const guards = "what a server published or took in is there after its power failed, whole";

/** What a server writes beside the log, on a disk of its own that forgets what was not synced. */
export async function keepFiles(seed: number, { weather }: Shape, world: World): Promise<Violation | undefined> {
  const dies = weather.crash > 0;
  for (let time = 0; time < (dies ? fileHistories + beginnings : 1); time++) {
    const what = await runServerFiles({
      random: new Random(seed, time === 0 ? 7 : 1_000 + time),
      dies,
      once: time >= fileHistories,
      fills: weather.diskFull > 0,
      tell: (line) => world.tell(line),
      strike: (fault) => world.faults.strike(fault),
    });
    if (what !== undefined) return { guards, what, day: world.elapsedMs() / day };
  }
  return undefined;
}
