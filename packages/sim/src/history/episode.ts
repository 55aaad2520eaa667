import { isVerified } from "@sluice/core/analysis/verification.ts";
import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { type AppState, type Promotion, stageOf } from "@sluice/core/application/state.ts";
import { parsePolicy } from "@sluice/core/policy/parse.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import type { Random } from "../fleet/random.ts";
import { approvers, groupsOf } from "./people.ts";

/** One thing of several that people do one after the other: a person's command, or what an admin lays down, after so many ms. */
export type Planned = { readonly afterMs: number } & (
  | { readonly command: ApplicationCommand; readonly actor: string }
  | { readonly rule: RulesCommand }
);

const hour = 3_600_000;

/** Situations that need several things in the right order, which come about by chance too rarely. */
const episodes = [pauseAWhile, pauseAWhile, approveEarly, approveEarly, blockTheWayBack, askAgain, hurry, hurry];

/** Draws something that people do over some hours; empty where there is nothing to do it to. */
export function drawEpisode(state: AppState, random: Random): Planned[] {
  return (episodes[random.below(episodes.length)] ?? pauseAWhile)(state, random);
}

/** Somebody pauses a rollout and goes on with it: often so soon that what was measured before would still count. */
function pauseAWhile(state: AppState, random: Random): Planned[] {
  const promotion = pick(promotionsThat(state, "active"), random);
  if (promotion === undefined) return [];
  const { id } = promotion;
  const [pauser, resumer] = [pick(approvers, random) ?? "", pick(approvers, random) ?? ""];
  return [
    { afterMs: 0, actor: pauser, command: { type: "PausePromotion", id, reason: "to wait for somebody" } },
    {
      afterMs: (1 + random.below(random.chance(0.6) ? 3 : 30)) * hour,
      actor: resumer,
      command: { type: "ResumePromotion", id, reason: "everybody is here" },
    },
  ];
}

/** Some say yes to whatever waits, long before it may enter; somebody follows later, when some of that may have expired. */
function approveEarly(state: AppState, random: Random): Planned[] {
  const latecomer = pick(approvers, random);
  const late = random.below(36) * hour;
  return approvers.flatMap((actor) => approvals(state, actor, actor === latecomer ? late : 0));
}

/** A person says yes to whatever waits and has no yes of theirs. */
export function approvals(state: AppState, actor: string, afterMs: number): Planned[] {
  const asking = (state.pipeline?.pipeline.stages ?? []).filter(({ gates }) => gates.some(({ approval }) => approval));
  return promotionsThat(state, "waiting")
    .filter(({ stage }) => asking.some(({ name }) => name === stage))
    .filter((promotion) => !promotion.approvals.some(({ by }) => by === actor))
    .map(({ id }) => ({
      afterMs,
      actor,
      command: { type: "ApprovePromotion", id, groups: groupsOf(actor), comment: "in good time" },
    }));
}

/** An admin blocks what a stage would go back to, and then what is live is withdrawn. */
function blockTheWayBack(state: AppState, random: Random): Planned[] {
  const stage = pick(stagesWith(state, 3), random);
  const [blocked, live] = stage?.good.slice(-2) ?? [];
  if (stage === undefined || blocked === undefined || live === undefined) return [];
  const name = `policy-${random.below(2)}`;
  const source = `apiVersion: sluice/v1\nkind: policy\nname: ${name}\nblockedVersions: ["${blocked}"]\n`;
  const read = parsePolicy(source);
  if (!("policy" in read)) throw new Error(`the drawn policy is invalid: ${JSON.stringify(read)}\n${source}`);
  const afterMs = (1 + random.below(4)) * hour;
  return [
    { afterMs: 0, rule: { type: "ApplyPolicy", policy: read.policy, source } },
    { afterMs, ...withdrawn(live, random) },
    { afterMs: afterMs + 24 * hour, rule: { type: "RemovePolicy", name, reason: "it was too strict" } },
  ];
}

/** A stage goes back, and somebody wants the release once more in the stage before, which asks for the next one. */
function askAgain(state: AppState, random: Random): Planned[] {
  const place = 1 + random.below(3);
  const [before, stage] = (state.pipeline?.pipeline.stages ?? []).slice(place - 1, place + 1);
  if (before === undefined || stage === undefined) return [];
  const version = stageOf(state, stage.name).live?.version;
  if (version === undefined) return [];
  const again = { type: "RequestPromotion", version, stage: before.name, override: "it was right" } as const;
  return [
    { afterMs: 0, ...backFrom(stage.name, random) },
    { afterMs: hour, ...backFrom(before.name, random) },
    { afterMs: (2 + random.below(4)) * hour, actor: pick(approvers, random) ?? "", command: again },
  ];
}

/** The newest release does not wait for what is live to be verified, and is withdrawn once it is live itself. */
function hurry(state: AppState, random: Random): Planned[] {
  const unverified = stagesWith(state, 2).filter(({ name, good }) => !isVerified(state, name, good.at(-1) ?? ""));
  const stage = pick(unverified, random);
  const version = [...state.releases.keys()].at(-1);
  if (stage === undefined || version === undefined) return [];
  const actor = pick(approvers, random) ?? "";
  const command = { type: "RequestPromotion", version, stage: stage.name, override: "it cannot wait" } as const;
  return [
    { afterMs: 0, actor, command },
    { afterMs: (4 + random.below(60)) * hour, ...withdrawn(version, random) },
  ];
}

function backFrom(stage: string, random: Random) {
  const command = { type: "RollBack", stage, reason: "it was better before" } as const;
  return { actor: pick(approvers, random) ?? "", command };
}

function withdrawn(version: string, random: Random) {
  const command = { type: "WithdrawRelease", version, reason: "it has a hole" } as const;
  return { actor: pick(approvers, random) ?? "", command };
}

/** The stages in which at least so many releases are complete, with their versions in the order in which they were. */
function stagesWith(state: AppState, least: number): { readonly name: string; readonly good: readonly string[] }[] {
  return (state.pipeline?.pipeline.stages ?? [])
    .map(({ name }) => ({ name, good: stageOf(state, name).completed.keySeq().toArray() }))
    .filter(({ good }) => good.length >= least);
}

function promotionsThat(state: AppState, status: Promotion["status"]): Promotion[] {
  return [...state.promotions.values()].filter((promotion) => promotion.status === status);
}

function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items[random.below(Math.max(1, items.length))];
}
