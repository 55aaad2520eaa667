import type { Random } from "../fleet/random.ts";
import type { TargetFault, Weather } from "../world/faults.ts";
import type { Machines } from "../world/machines.ts";
import type { World } from "../world/world.ts";

const hour = 3_600_000;
/** Those that matter only at the right moment come more often. */
const monitorFaults = ["stopped", "stopped", "refuses", "refuses", "late", "late", "empty", "still", "flaps"] as const;

/** What goes wrong in a history, hour by hour. */
export class Mishaps {
  readonly #world: World;
  readonly #machines: Machines;
  readonly #weather: Weather;
  readonly #random: Random;
  /** Until when targets, or publications, stay broken. */
  #targetsUntil = 0;
  #publishingUntil = 0;

  constructor(world: World, machines: Machines, weather: Weather, random: Random) {
    this.#world = world;
    this.#machines = machines;
    this.#weather = weather;
    this.#random = random;
  }

  /** Draws what is broken in the hour that begins. */
  begin(): void {
    const { faults } = this.#world;
    const weather = this.#weather;
    faults.diskFull = this.#random.chance(weather.diskFull);
    this.#breakEffects();
    faults.monitor = this.#random.chance(weather.monitorFails)
      ? (monitorFaults[this.#random.below(monitorFaults.length)] ?? "none")
      : "none";
    for (const machine of this.#machines.all) {
      if (this.#random.chance(weather.agentDies)) machine.kill();
      machine.disk.full = this.#random.chance(weather.agentDiskFull);
    }
    for (const line of this.#broken()) this.#world.tell(`for an hour ${line}`);
    if (this.#random.chance(weather.clockJump)) this.#jump();
  }

  /** A server may stand still for hours. @returns whether one does */
  stall(): boolean {
    const stalls = this.#random.chance(this.#weather.stall);
    if (stalls) this.#world.stall(this.#random.below(6 * hour));
    return stalls;
  }

  /** A server may be killed: not on the hour, but in the midst of whatever is under way then. */
  async crash(): Promise<void> {
    const { faults, clock } = this.#world;
    const worst = this.#weather.crash > 0 && faults.publishing ? 0.2 : this.#weather.crash;
    if (!this.#random.chance(worst)) return;
    await clock.moveTo(clock.now() + this.#random.below(hour / 2));
    await this.#world.crash();
  }

  /** Targets and publications fail for an hour, or for longer. */
  #breakEffects(): void {
    const { faults, clock } = this.#world;
    const { publishingFails, targetsFail } = this.#weather;
    const lasts = () => clock.now() + (this.#random.chance(0.7) ? 1 : 1 + this.#random.below(12)) * hour;
    if (clock.now() >= this.#publishingUntil) {
      faults.publishing = this.#random.chance(publishingFails);
      if (faults.publishing) this.#publishingUntil = lasts();
    }
    if (clock.now() >= this.#targetsUntil) {
      faults.target = this.#random.chance(targetsFail) ? drawTargetFault(this.#random) : "none";
      if (faults.target !== "none") this.#targetsUntil = lasts();
    }
  }

  /** The clocks of servers and machines are wrong from now on. */
  #jump(): void {
    const { faults } = this.#world;
    const error = () => this.#random.below(2 * this.#weather.clockErrorMs + 1) - this.#weather.clockErrorMs;
    faults.clockErrorMs = error();
    faults.strike(`the clocks of servers are wrong by ${faults.clockErrorMs} ms`);
    for (const machine of this.#machines.all) {
      machine.clockErrorMs = error();
      this.#world.tell(`the clock of ${machine.id} is wrong by ${machine.clockErrorMs} ms`);
    }
  }

  /** What is broken now, in words. */
  *#broken(): Iterable<string> {
    const { diskFull, publishing, target, monitor } = this.#world.faults;
    if (diskFull) yield "the disk of the servers is full";
    if (publishing) yield "nothing can be published";
    if (target !== "none") yield `targets are at fault: ${target}`;
    if (monitor !== "none") yield `the monitor is at fault: ${monitor}`;
    for (const { id, disk } of this.#machines.all) if (disk.full) yield `the disk of ${id} is full`;
  }
}

function drawTargetFault(random: Random): TargetFault {
  const faults = ["refuses", "loses-answers", "loses-answers", "goes-on", "goes-on", "broken", "broken"] as const;
  return faults[random.below(faults.length)] ?? "refuses";
}
