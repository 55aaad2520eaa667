import { unreachable } from "@sluice/core/errors/unreachable.ts";
import type { Random } from "../../fleet/random.ts";
import { drawAnalyses } from "../pipeline/analyses.ts";
import { drawAsked } from "../pipeline/asked.ts";
import { drawEvidence } from "../pipeline/evidence.ts";
import { drawApproval, drawWindow } from "../pipeline/gates.ts";
import { drawNotifications } from "../pipeline/notifications.ts";
import { drawTargets } from "../pipeline/targets.ts";
import { drawWaves } from "../pipeline/waves.ts";
import type { Focus } from "./focus.ts";

const names = ["dev", "beta", "stable"];

/** A pipeline file of one to three stages, which keep releases back by what the history is about and by little else. */
export function drawFocusedPipeline(focus: Focus, random: Random): string {
  const least = focus === "soaks" ? 2 : 1;
  const stages = names.slice(0, least + random.below(names.length + 1 - least)).map((name, place) => {
    const { promoteOn, gates } = drawGates(focus, random, place);
    const items = [...gates, ...(random.chance(soaksToo(focus)) ? [`soak: ${1 + random.below(12)}h`] : [])];
    const lines = [
      `  - name: ${name}`,
      ...(promoteOn === undefined ? [] : [`    promote-on: ${promoteOn}`]),
      ...(items.length === 0 ? [] : ["    gates:", ...items.map((item) => `      - ${item}`)]),
      ...drawRollout(focus, random),
      ...(focus === "analysis" ? ["    analysis:", ...drawSome(random).map((item) => `      - ${item}`)] : []),
      ...(focus === "ways-back" || focus === "analysis" ? drawVerification(random) : []),
      ...(random.chance(focus === "ways-back" ? 0.6 : 0.2) ? ["    when-newer: supersede"] : []),
    ].join("\n");
    return focus === "targets" ? [lines, ...drawTargets(lines)].join("\n") : lines;
  });
  const text = `stages:\n${stages.join("\n")}\n`;
  return `apiVersion: sluice/v1\napp: simulated\n${drawNotifications(text)}${text}`;
}

/** How likely a stage waits for a while beside what the history is about. */
function soaksToo(focus: Focus): number {
  if (focus === "soaks") return 0;
  return focus === "git" || focus === "probes" ? 0.6 : 0.2;
}

const nothing = { promoteOn: 0, git: 0, probed: 0, recurring: 0 } as const;

function drawGates(
  focus: Focus,
  random: Random,
  place: number,
): { readonly promoteOn?: string; readonly gates: readonly string[] } {
  switch (focus) {
    case "approvals":
    case "rollback-requests":
      return { gates: [`approval: { ${drawApproval(random)} }`] };
    case "checks":
      return { gates: drawChecks(random) };
    case "promote-on":
      return { ...drawAsked(random, { ...nothing, promoteOn: 1 }), gates: [`soak: ${random.below(6)}h`] };
    case "git":
      return drawAsked(random, { ...nothing, git: 1 }, 0.7);
    case "probes":
      return drawAsked(random, { ...nothing, probed: 1 }, 0.7);
    case "windows":
      return random.chance(0.5) ? { gates: [drawWindow(random)] } : drawAsked(random, { ...nothing, recurring: 1 });
    case "soaks":
      return { gates: place === 0 ? [`soak: ${1 + random.below(6)}h`] : drawSoaks(random, place) };
    case "policies":
    case "analysis":
    case "waves":
    case "evidence":
    case "servers":
      return { gates: [] };
    case "targets":
    case "tokens":
      return { gates: random.chance(0.5) ? [`approval: { ${drawApproval(random)} }`] : [] };
    case "ways-back":
      return { gates: random.chance(0.4) ? [`approval: { ${drawApproval(random)} }`] : [] };
    default:
      return unreachable(focus);
  }
}

/** How long, and with how many clients, a release was in the stages before. */
function drawSoaks(random: Random, place: number): string[] {
  const hours = () => `${1 + random.below(20)}h`;
  const gates = [
    `soak: ${hours()}`,
    `soak: { healthy: ${hours()}, min-clients: ${1 + random.below(3)} }`,
    `min-clients: ${1 + random.below(3)}`,
    `tested-in: { stages: [${names[random.below(place)]}], for: ${hours()} }`,
  ];
  const some = gates.filter(() => random.chance(0.4));
  return some.length > 0 ? some : gates.slice(-1);
}

function drawChecks(random: Random): string[] {
  const maxAge = random.chance(0.5) ? `, max-age: ${4 + random.below(30)}h` : "";
  const checklist = "checklist: [{ id: smoke, title: It starts }, { id: api, title: It answers }]";
  const kind = random.fraction();
  return [...(kind < 0.7 ? [`check: { name: scan${maxAge} }`] : []), ...(kind > 0.4 ? [checklist] : [])];
}

function drawVerification(random: Random): string[] {
  return random.chance(0.7) ? [`    verify: [${15 + random.below(45)}m, ${1 + random.below(48)}h]`] : [];
}

/** Where something has to be under way for a while. */
const oftenSteps: readonly Focus[] = ["git", "analysis", "ways-back", "rollback-requests"];

function drawRollout(focus: Focus, random: Random): string[] {
  const steps = `steps: [{ to: 50%, hold: ${10 + random.below(focus === "analysis" ? 300 : 110)}m }, { to: 100% }]`;
  if (focus === "evidence" || (focus === "servers" && random.chance(0.4)))
    return [`    rollout: { evidence: ${drawEvidence(random)} }`];
  if (focus === "waves") return [`    rollout: { ${steps}, waves: ${drawWaves(random)} }`];
  return random.chance(oftenSteps.includes(focus) ? 0.9 : 0.5) ? [`    rollout: { ${steps} }`] : [];
}

/** What a stage measures its releases by: something in any case. */
function drawSome(random: Random): string[] {
  for (;;) {
    const analyses = drawAnalyses(random, false);
    if (analyses.length > 0) return analyses;
  }
}
