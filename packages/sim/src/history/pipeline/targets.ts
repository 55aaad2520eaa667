import { sha256Hex } from "@sluice/core/log/digest.ts";
import { Random } from "../../fleet/random.ts";

const kinds = [
  "command: { deploy: ./deploy.sh }",
  "command: { deploy: ./deploy.sh, verify: ./verify.sh }",
  "command: { deploy: ./deploy.sh, verify: ./verify.sh, plan: ./plan.sh }",
  "kubernetes: { deployment: web }",
  "kubernetes: { rollout: web }",
  "static: { folder: copies }",
];

/**
 * Where a stage's release is put beside its channel, and how often that is looked at, as the lines of the pipeline file.
 * @param stage what was drawn of the stage before: the draws here follow from it, and leave all others as they are
 */
export function drawTargets(stage: string): string[] {
  const random = new Random(Number.parseInt(sha256Hex(stage).slice(0, 8), 16), 60);
  const count = random.chance(0.5) ? 1 : 2 + random.below(2);
  const targets = Array.from({ length: count }, () => kinds[random.below(kinds.length)]);
  const looks = random.fraction();
  return [
    `    targets: [${[...targets, "channel: {}"].map((target) => `{ ${target} }`).join(", ")}]`,
    // Every quarter of an hour, as it is where nothing is said, is often: a history has thousands of them.
    ...(looks < 0.05 ? [] : [looks < 0.15 ? "    drift: false" : `    drift: ${1 + random.below(4)}h`]),
  ];
}
