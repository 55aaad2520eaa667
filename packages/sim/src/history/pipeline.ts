import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import type { Random } from "../fleet/random.ts";

const names = ["dev", "beta", "staging", "stable"];
/** Who may approve, beside whom the publisher is nobody. */
export const approvers = ["ann", "bob", "cleo"];
/** Everybody's groups. */
export const groupsOf = (person: string): string[] => (person === "ann" ? ["leads"] : []);

/** A pipeline file of one to four stages. Also drawn anew when a person edits the pipeline in the middle. */
export function drawPipeline(random: Random): string {
  const count = 1 + random.below(names.length);
  const stages = names.slice(0, count).map((name, index) => {
    const lines = [`  - name: ${name}`];
    const gates: string[] = [];
    if (random.chance(index > 0 ? 0.8 : 0.25)) gates.push(`      - soak: ${1 + random.below(index > 0 ? 72 : 24)}h`);
    if (index > 0 && random.chance(0.15))
      gates.push(`      - soak: { healthy: ${1 + random.below(24)}h, min-clients: ${1 + random.below(5)} }`);
    if (index > 0 && random.chance(0.15)) gates.push(`      - min-clients: ${1 + random.below(5)}`);
    if (index > 1 && random.chance(0.15))
      gates.push(`      - tested-in: { stages: [${names[random.below(index)]}], for: ${random.below(30)}h }`);
    if (random.chance(0.5))
      gates.push(`      - no-issues: { at-least: ${["info", "warning", "critical"][random.below(3)]} }`);
    if (random.chance(index > 0 ? 0.4 : 0.25)) gates.push(`      - approval: { ${drawApproval(random)} }`);
    if (index > 0 && random.chance(0.15))
      gates.push(`      - check: { name: scan${random.chance(0.5) ? `, max-age: ${6 + random.below(66)}h` : ""} }`);
    if (index > 0 && random.chance(0.25))
      gates.push("      - checklist: [{ id: smoke, title: It starts }, { id: api, title: It answers }]");
    if (index > 0 && random.chance(0.15))
      gates.push(
        `      - window: { days: [${drawDays(random)}], from: "06:00", to: "${12 + random.below(11)}:30", zone: UTC }`,
      );
    if (gates.length > 0) lines.push("    gates:", ...gates);
    const kind = random.fraction();
    const paysWithEvidence = kind >= 0.2 && kind < 0.45;
    if (kind < 0.2)
      lines.push(`    rollout: { linear: { by: ${1 + random.below(50)}%, every: ${1 + random.below(300)}m } }`);
    else if (paysWithEvidence) lines.push(`    rollout: { evidence: ${drawEvidence(random)} }`);
    else if (kind < 0.8) {
      const shares = [1 + random.below(10), 20 + random.below(30), 60 + random.below(30)].slice(random.below(3));
      const steps = [
        ...shares.map(
          (share) => `{ to: ${share}%, hold: ${random.chance(0.4) ? `${random.below(60)}m` : `${random.below(24)}h`} }`,
        ),
        "{ to: 100% }",
      ];
      lines.push("    rollout:", `      steps: [${steps.join(", ")}]`);
    }
    const analysis: string[] = [];
    if (!paysWithEvidence && random.chance(0.4)) analysis.push("      - clients: { max-failure-rate: 1% }");
    if (random.chance(0.4))
      analysis.push(
        `      - prometheus: { url: "http://monitor", query: errors, max: 5%, interval: ${1 + random.below(random.chance(0.5) ? 60 : 360)}m, failures: ${random.below(3)}, count: ${1 + random.below(3)}, for: ${random.below(2) * 30}m, on-inconclusive: ${random.chance(0.2) ? "pause" : "hold"} }`,
      );
    if (analysis.length > 0) lines.push("    analysis:", ...analysis);
    const isVerified = random.chance(0.4);
    if (isVerified) lines.push(`    verify: [${15 + random.below(45)}m, ${1 + random.below(72)}h]`);
    // Evidence lets in clients one by one, which other targets know nothing of.
    if (!paysWithEvidence && random.chance(0.3))
      lines.push("    targets: [command: { deploy: ./deploy.sh }, channel: {}]");
    if (random.chance(0.2)) lines.push("    on-failure: pause");
    // So that a release may take the place of one that was not verified yet, and be taken back in its turn.
    if (random.chance(isVerified ? 0.6 : 0.3)) lines.push("    when-newer: supersede");
    return lines.join("\n");
  });
  return `apiVersion: sluice/v1\napp: simulated\nstages:\n${stages.join("\n")}\n`;
}

function drawApproval(random: Random): string {
  const asked = [`from: [${approvers.join(", ")}]`, `count: ${1 + random.below(2)}`];
  if (random.chance(0.7)) asked.push("groups: [leads]");
  if (random.chance(0.2)) asked.push("for: major");
  if (random.chance(0.5)) asked.push(`expires: ${1 + random.below(random.chance(0.7) ? 12 : 60)}h`);
  return asked.join(", ");
}

function drawDays(random: Random): string {
  const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].filter(() => random.chance(0.6));
  return days.length === 0 ? "mon" : days.join(", ");
}

function drawEvidence(random: Random): string {
  const rules = [
    `soak: ${random.chance(0.5) ? 0 : 1 + random.below(12)}h`,
    `report-deadline: ${10 + random.below(50)}m`,
    `decide-within: ${1 + random.below(96)}h`,
    `max-failure-rate: ${1 + random.below(10)}%`,
  ];
  if (random.chance(0.7)) rules.push("groups: [region]");
  return `{ ${rules.join(", ")} }`;
}

/** Reads a drawn pipeline file. @throws Error when it is invalid, which is a mistake of this file */
export function readPipeline(source: string): Pipeline {
  const parsed = parsePipeline(source);
  if ("problems" in parsed)
    throw new Error(`the drawn pipeline is invalid: ${JSON.stringify(parsed.problems)}\n${source}`);
  return parsed.pipeline;
}
