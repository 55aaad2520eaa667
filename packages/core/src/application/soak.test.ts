import fc from "fast-check";
import { expect, test } from "vitest";
import { schedules } from "../testing/histories.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import * as step from "../testing/steps.ts";
import { World } from "../testing/world.ts";
import { formatDuration } from "../time/duration.ts";

/** When a version, or a newer one, was first fully rolled out in `stable`. */
function arrivals(world: World): Map<string, number> {
  const arrived = new Map<string, number>();
  const published = [...world.state.releases.keys()];
  for (const event of world.happened) {
    if (event.type !== "PromotionCompleted" || event.data.stage !== "stable") continue;
    for (const version of published) {
      // Versions of a schedule are 1.0.0 to 1.9.0, so that their texts are in the order of the versions.
      if (version <= event.data.version && !arrived.has(version)) arrived.set(version, event.at);
    }
  }
  return arrived;
}

test("a shorter soak never promotes later", () => {
  const rules = fc.record({
    betaSoakMs: fc.integer({ min: 0, max: 120_000 }),
    stableSoakMs: fc.integer({ min: 0, max: 120_000 }),
    shorterMs: fc.integer({ min: 0, max: 120_000 }),
    where: fc.constantFrom("beta", "stable"),
    holdMs: fc.integer({ min: 0, max: 90_000 }),
    whenNewer: fc.constantFrom("wait" as const, "supersede" as const),
  });
  fc.assert(
    fc.property(schedules, rules, (schedule, { betaSoakMs, stableSoakMs, shorterMs, where, holdMs, whenNewer }) => {
      const lived = (lessMs: number) => {
        const soak = (stage: string, ms: number) => `${Math.max(0, ms - (stage === where ? lessMs : 0))}ms`;
        const rollout = { steps: [{ to: "10%", hold: `${holdMs}ms` }, { to: "100%" }] };
        const world = new World(
          pipelineOf(
            "dev",
            { name: "beta", gates: [{ soak: soak("beta", betaSoakMs) }], rollout, "when-newer": whenNewer },
            { name: "stable", gates: [{ soak: soak("stable", stableSoakMs) }], rollout, "when-newer": whenNewer },
          ),
        );
        for (const { version, afterMs } of schedule) {
          world.must(step.publish(version));
          world.pass(afterMs);
        }
        world.pass(24 * 3_600_000);
        return arrivals(world);
      };
      const long = lived(0);
      const short = lived(shorterMs);
      for (const [version, at] of long) {
        const sooner = short.get(version) ?? Number.POSITIVE_INFINITY;
        expect(sooner, `${version} arrives ${formatDuration(sooner - at)} later`).toBeLessThanOrEqual(at);
      }
    }),
    { numRuns: 150 },
  );
});
