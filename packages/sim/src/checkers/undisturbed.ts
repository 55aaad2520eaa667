import type { World } from "../world/world.ts";

/** With slower writes servers lose their leases now and then, in ms. */
const slowMs = 60_000;

/** @returns what tells whether nothing has come in the way of any server or target since the look before */
export function undisturbed(): (world: World) => boolean {
  let before = "";
  return (world) => {
    const { faults } = world;
    const conditions = JSON.stringify([faults.clockErrorMs, faults.weather, world.starts]);
    const isSame = conditions === before;
    before = conditions;
    const stalled = world.servers().some(({ stalledUntil }) => stalledUntil > world.clock.now());
    if (faults.weather.slowMs > slowMs) return false;
    return isSame && !stalled && !faults.diskFull && !faults.publishing && faults.target === "none";
  };
}
