import { sha256Hex } from "@sluice/core/log/digest.ts";
import { Random } from "../fleet/random.ts";
import { AgentNetwork } from "./agent-network.ts";
import type { SimulatedFleet } from "./fleet.ts";
import { Machine } from "./machine.ts";
import type { World } from "./world.ts";

interface MachinesOptions {
  readonly world: World;
  readonly fleet: SimulatedFleet;
  readonly seed: number;
  readonly count: number;
  readonly channels: readonly string[];
  readonly pollMs: number;
  readonly failureRate: (version: string) => number;
  readonly versions: () => Iterable<string>;
}

/** The machines that are looked after by the production agent, and what connects them with the servers. */
export class Machines {
  readonly all: readonly Machine[];
  readonly #network: AgentNetwork;

  constructor({ world, fleet, seed, count, channels, versions, ...rest }: MachinesOptions) {
    const content = (sha256: string) => [...versions()].find((version) => sha256Hex(version) === sha256);
    this.#network = new AgentNetwork({ world, fleet, random: new Random(seed, 5), content });
    this.all = Array.from({ length: count }, (_, i) => {
      const random = new Random(seed, 100 + i);
      // Most releases come to the first stages.
      const channel = channels[Math.min(random.below(channels.length), random.below(channels.length))] ?? "";
      return new Machine({ id: `machine-${i}`, channel, world, network: this.#network, random, ...rest });
    });
  }

  /** Versions that machines ended on and that no server was told of. */
  unheard(): string[] {
    return this.all.flatMap(({ id, endedOn }) =>
      [...endedOn]
        .filter((version) => !this.#network.heard.has(`${id} ${version} completed`))
        .map((v) => `${v} on ${id}`),
    );
  }

  /** Ends all of them, for good. */
  end(): void {
    for (const machine of this.all) machine.end();
  }

  /** What agents said that is not so. */
  get lies(): readonly string[] {
    return this.#network.lies;
  }
}
