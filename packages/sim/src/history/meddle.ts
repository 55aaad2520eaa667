import type { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";

/** Somebody changes what is live at a target, which they should not, or puts back what somebody changed. */
export function meddle(world: World, random: Random): void {
  const { targets, faults } = world;
  if (!random.chance(faults.weather.meddling)) return;
  const places = [...targets.live.keys()];
  const place = places[random.below(Math.max(1, places.length))];
  if (place === undefined) return;
  const versions = [...(world.state()?.releases.keys() ?? [])].slice(-4);
  const before = targets.meddled.get(place);
  const version =
    before !== undefined && random.chance(0.3) ? before : (versions[random.below(versions.length + 1)] ?? null);
  faults.strike(`somebody puts ${version} on ${place}`);
  targets.meddle(place, version);
}

/** An operator ends one of the servers and starts it again, at any moment of the hour. */
export async function restart(world: World, random: Random): Promise<void> {
  const { faults, clock } = world;
  if (!random.chance(faults.weather.restarts)) return;
  await clock.moveTo(clock.now() + random.below(1_800_000));
  await world.restart(random.below(world.servers().length));
}
