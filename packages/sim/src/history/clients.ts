import { Random } from "../fleet/random.ts";
import type { SimulatedClient } from "../world/fleet.ts";
import type { Shape } from "./draw.ts";
import { readPipeline } from "./pipeline/read.ts";

/**
 * The clients of every stage at the beginning: of two regions, one of which is sometimes so small that it can fail by itself, and behind one address
 * or several. Drawn apart, so that other draws stay as they are.
 */
export function drawClients({ source, clientsPerStage, mayCrowd }: Shape, seed: number): SimulatedClient[] {
  const random = new Random(seed, 40);
  const count = clientsPerStage + (random.chance(0.05) && mayCrowd ? 20 + random.below(20) : 0);
  const apart = random.chance(0.5) ? 3 : 4 + random.below(9);
  const addressOf = drawAddresses(random);
  return readPipeline(source).stages.flatMap(({ name }) =>
    Array.from({ length: count }, (_, i) => {
      const region = i % apart === 0 ? "eu" : "us";
      const address = addressOf(region, i);
      return { id: `${name}-${i}`, channel: name, region, address, version: undefined, refused: new Set<string>() };
    }),
  );
}

/** Where clients ask from: the machine of the server, one address for all, or a network for each region. */
function drawAddresses(random: Random): (region: string, client: number) => string {
  const kind = random.fraction();
  if (kind < 0.5) return () => "127.0.0.1";
  if (kind < 0.75) return () => "198.51.100.7";
  return (region, client) => `2001:db8:0:${region === "eu" ? 1 : 2}::${(client + 1).toString(16)}`;
}
