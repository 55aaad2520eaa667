import type { Random } from "../../fleet/random.ts";

/** What a stage measures its releases by, as the items of the pipeline file. @param countsClients whether its clients are counted anyway */
export function drawAnalyses(random: Random, countsClients: boolean): string[] {
  const analyses: string[] = [];
  if (!countsClients && random.chance(0.4)) analyses.push("clients: { max-failure-rate: 1% }");
  if (random.chance(0.4)) {
    const intervalMinutes = 1 + random.below(random.chance(0.5) ? 60 : 360);
    const many = `failures: ${random.below(3)}, count: ${1 + random.below(3)}, for: ${random.below(2) * 30}m`;
    const unclear = random.chance(0.2) ? "pause" : "hold";
    analyses.push(
      `prometheus: { url: "http://monitor", query: errors, max: 5%, interval: ${intervalMinutes}m, ${many}, on-inconclusive: ${unclear} }`,
    );
  }
  return analyses;
}
