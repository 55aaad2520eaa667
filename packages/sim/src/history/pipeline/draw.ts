import { Random } from "../../fleet/random.ts";
import { drawAnalyses } from "./analyses.ts";
import { type Asked, drawAsked, drawAskedRates } from "./asked.ts";
import { drawGates } from "./gates.ts";
import { drawNotifications } from "./notifications.ts";
import { drawRollout } from "./rollout.ts";
import { drawTargets } from "./targets.ts";
import { drawWaves } from "./waves.ts";

const names = ["dev", "beta", "staging", "stable"];

/**
 * A pipeline file of one to four stages. Also drawn anew when a person edits the pipeline in the middle.
 * @param asked what stages ask of the world outside is drawn with
 */
export function drawPipeline(random: Random, asked = random): string {
  const rates = drawAskedRates(asked);
  const count = 1 + random.below(names.length);
  const stages = names.slice(0, count).map((_, place) => drawStage(random, place, drawAsked(asked, rates)));
  const text = `stages:\n${stages.join("\n")}\n`;
  return `apiVersion: sluice/v1\napp: simulated\n${drawNotifications(text)}${text}`;
}

function drawStage(random: Random, place: number, { promoteOn, gates }: Asked): string {
  const lines = [`  - name: ${names[place]}`];
  const list = (key: string, items: readonly string[]) => {
    if (items.length > 0) lines.push(`    ${key}:`, ...items.map((item) => `      - ${item}`));
  };
  if (promoteOn !== undefined) lines.push(`    promote-on: ${promoteOn}`);
  list("gates", [...drawGates(random, names, place), ...gates]);
  const { text: rollout, paysWithEvidence } = drawRollout(random);
  // Drawn apart: waves leave all other draws as they are.
  const own = new Random(random.uint32(), 33);
  const waves = !paysWithEvidence && own.chance(0.3) ? drawWaves(own) : undefined;
  if (waves !== undefined) {
    const by = rollout?.replace(/ \}$/, "") ?? "{ steps: [{ to: 100%, hold: 1h }]";
    lines.push(`    rollout: ${by}, waves: ${waves} }`);
  } else if (rollout !== undefined) lines.push(`    rollout: ${rollout}`);
  list("analysis", drawAnalyses(random, paysWithEvidence));
  const isVerified = random.chance(0.4);
  if (isVerified) lines.push(`    verify: [${15 + random.below(45)}m, ${1 + random.below(72)}h]`);
  if (!paysWithEvidence && random.chance(0.8) && waves === undefined) lines.push(...drawTargets(lines.join("\n")));
  if (random.chance(0.2)) lines.push("    on-failure: pause");
  if (random.chance(0.2))
    lines.push(`    downloads: { at-most: ${1 + random.below(3)}, for: ${5 + random.below(90)}m }`);
  // So that a release may take the place of one that was not verified yet, and be taken back in its turn.
  if (random.chance(isVerified ? 0.6 : 0.3)) lines.push("    when-newer: supersede");
  return lines.join("\n");
}
