import type { Random } from "./random.ts";
import type { Fleet } from "./scenario.ts";

/** The clients that do not have the release yet, in the order in which they poll within a period. */
export class Population {
  remaining: number;
  /** The tick at which there was last no room for a client that polled, or null. */
  refusedAt: number | null = null;
  readonly #start: Int32Array;
  readonly #group: Uint8Array;
  readonly #bucket: Float32Array;
  readonly #done: Uint8Array;
  readonly #period: number;
  #next = 0;

  constructor(fleet: Fleet, periodTicks: number, random: Random) {
    this.remaining = fleet.clients;
    this.#period = periodTicks;
    this.#start = phases(fleet.clients, periodTicks, random);
    this.#group = new Uint8Array(fleet.clients);
    this.#bucket = new Float32Array(fleet.clients);
    this.#done = new Uint8Array(fleet.clients);
    const others = fleet.attributeValues - 1;
    for (let client = 0; client < fleet.clients; client++) {
      this.#group[client] = random.chance(fleet.firstValueShare) || others === 0 ? 0 : 1 + random.below(others);
      this.#bucket[client] = random.fraction();
    }
  }

  /** Lets everybody install who polls now and whose bucket is exposed. */
  pollByShare(tick: number, share: number, install: (tick: number, group: number) => void): void {
    const phase = tick % this.#period;
    for (let client = this.#start[phase] ?? 0; client < (this.#start[phase + 1] ?? 0); client++) {
      if (this.#done[client] || (this.#bucket[client] ?? 1) >= share) continue;
      this.#take(client);
      install(tick, this.#group[client] ?? 0);
    }
  }

  /** Lets as many install as there is room for, in all and in their groups; returns how many did. */
  pollByRoom(
    tick: number,
    room: number,
    roomByGroup: Float64Array,
    install: (tick: number, group: number) => void,
  ): number {
    const phase = tick % this.#period;
    const end = this.#start[phase + 1] ?? 0;
    let taken = 0;
    for (let client = this.#start[phase] ?? 0; client < end; client++) {
      if (this.#done[client]) continue;
      if (taken >= room) {
        this.refusedAt = tick;
        break;
      }
      const group = this.#group[client] ?? 0;
      if ((roomByGroup[group] ?? 0) < 1) {
        this.refusedAt = tick;
        continue;
      }
      roomByGroup[group] = (roomByGroup[group] ?? 0) - 1;
      this.#take(client);
      install(tick, group);
      taken++;
    }
    return taken;
  }

  /** Takes any client that does not have the release yet, as a share does that knows nothing of when it polls. @returns its group; undefined: there is none */
  takeNext(): number | undefined {
    while (this.#next < this.#done.length && this.#done[this.#next]) this.#next++;
    if (this.#next >= this.#done.length) return undefined;
    this.#take(this.#next);
    return this.#group[this.#next];
  }

  /** The clients of the group do not get the release any more. */
  halt(group: number): void {
    for (let client = 0; client < this.#done.length; client++) {
      if (this.#group[client] === group && !this.#done[client]) this.#take(client);
    }
  }

  #take(client: number): void {
    this.#done[client] = 1;
    this.remaining--;
  }
}

/** Uniform phases: for each tick of the period, the first client that polls then. One entry more than ticks. */
function phases(clients: number, period: number, random: Random): Int32Array {
  const start = new Int32Array(period + 1);
  for (let client = 0; client < clients; client++) {
    const tick = 1 + random.below(period);
    start[tick] = (start[tick] ?? 0) + 1;
  }
  for (let tick = 1; tick <= period; tick++) start[tick] = (start[tick] ?? 0) + (start[tick - 1] ?? 0);
  return start;
}
