import type { Random } from "../../fleet/random.ts";
import { drawEvidence } from "./evidence.ts";

/** How a stage lets clients in. */
export interface DrawnRollout {
  /** What stands after `rollout:`; undefined for everybody at once. */
  readonly text: string | undefined;
  /** Evidence lets in clients one by one, which other targets know nothing of. */
  readonly paysWithEvidence: boolean;
}

export function drawRollout(random: Random): DrawnRollout {
  const kind = random.fraction();
  if (kind < 0.2) {
    const text = `{ linear: { by: ${1 + random.below(50)}%, every: ${1 + random.below(300)}m } }`;
    return { text, paysWithEvidence: false };
  }
  if (kind < 0.45) return { text: `{ evidence: ${drawEvidence(random)} }`, paysWithEvidence: true };
  return { text: kind < 0.8 ? drawSteps(random) : undefined, paysWithEvidence: false };
}

function drawSteps(random: Random): string {
  const shares = [1 + random.below(10), 20 + random.below(30), 60 + random.below(30)].slice(random.below(3));
  const steps = shares.map(
    (share) => `{ to: ${share}%, hold: ${random.chance(0.4) ? `${random.below(60)}m` : `${random.below(24)}h`} }`,
  );
  return `{ steps: [${[...steps, "{ to: 100% }"].join(", ")}] }`;
}
