import type { World } from "../world/world.ts";

/** Tells whether nothing has come in the way since the look before. */
export function calmness(): (world: World) => boolean {
  let before = "";
  return (world) => {
    const { faults } = world;
    const conditions = JSON.stringify([faults.clockErrorMs, faults.weather]);
    const isSame = conditions === before;
    before = conditions;
    const stalled = world.servers().some(({ stalledUntil }) => stalledUntil > world.clock.now());
    return isSame && !stalled && !faults.diskFull && !faults.publishing;
  };
}
