import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { parsePolicy } from "@sluice/core/policy/parse.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import type { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import { approvers, groupsOf, publisher } from "./people.ts";
import { drawPipeline } from "./pipeline/draw.ts";
import { readPipeline } from "./pipeline/read.ts";

/** How long people wait for a rollout that has waves, in ms. */
const longestMs = 6 * 86_400_000;

/** Something that a person does at a bad moment: sensible or not, allowed or not. */
export interface Deed {
  readonly command: ApplicationCommand;
  readonly actor: string;
}

/** Draws what a person does; undefined where there is nothing to do anything to. */
export function drawDeed(
  world: Pick<World, "state"> & { readonly clock: { now(): number } },
  random: Random,
): Deed | undefined {
  const state = world.state();
  if (state === undefined) return undefined;
  const pick = <T>(items: readonly T[]): T | undefined => items[random.below(Math.max(1, items.length))];
  const version = pick([...state.releases.keys()].slice(-5));
  const stage = pick((state.pipeline?.pipeline.stages ?? []).map((candidate) => candidate.name));
  const promotions = [...state.promotions.values()];
  const id = pick(promotions.slice(-8))?.id;
  if (version === undefined || stage === undefined || id === undefined) return undefined;
  const severity = pick(["info", "warning", "critical"] as const) ?? "info";
  const issue = pick([...state.openIssues]);
  const actor = pick([...approvers, publisher]) ?? publisher;
  const waiting = pick(promotions.filter(({ status }) => status === "waiting"))?.id ?? id;
  const paused = pick(promotions.filter(({ status }) => status === "paused"))?.id ?? id;
  const rolling = pick(promotions.filter(({ status }) => status === "active" || status === "paused"))?.id ?? id;
  const by = (command: ApplicationCommand | undefined): Deed | undefined => command && { command, actor };
  switch (random.below(30)) {
    case 0:
      return by({ type: "WithdrawRelease", version, reason: "it was withdrawn" });
    case 1:
      return by({ type: "RequestPromotion", version, stage });
    case 2:
      return by({ type: "RequestPromotion", version, stage, override: "it cannot wait" });
    case 3:
      return by({ type: "PausePromotion", id: rolling, reason: "to have a look" });
    case 4:
    case 25:
      return by({ type: "ResumePromotion", id: paused, reason: "it looks good" });
    case 5:
      return by({ type: "AbortPromotion", id, reason: "another one is better" });
    case 6:
    case 26:
      return by({
        type: "RollBack",
        stage,
        reason: "it does not feel right",
        ...(random.chance(0.3) ? { to: version } : {}),
      });
    case 7:
      return by({ type: "OpenIssue", version, title: "something is odd", severity });
    case 8:
      return by({ type: "FreezeStage", stage, reason: "nobody is here" });
    case 9:
      return by({ type: "ThawStage", stage });
    case 10:
      return by(issue === undefined ? undefined : { type: "ResolveIssue", id: issue, comment: "mended" });
    case 11: {
      const source = drawPipeline(random);
      return by({ type: "ApplyPipeline", pipeline: readPipeline(source), source });
    }
    case 12:
      return by({ type: "ResumeAutoPromotion", stage });
    case 13:
      return by({ type: "HaltRollout", id: rolling, reason: "to keep it from others" });
    case 14:
      return by({ type: "RecallRollout", id, reason: "it has to go back" });
    case 15: {
      const sha256 = state.releases.get(version)?.manifest.components[0]?.sha256;
      return by(sha256 === undefined ? undefined : { type: "WithdrawArtifact", sha256, reason: "it has a hole" });
    }
    case 16:
      return by({ type: "RejectPromotion", id: waiting, groups: groupsOf(actor), comment: "not yet" });
    case 17:
      return by({
        type: "FreezeStage",
        stage,
        reason: "a holiday",
        until: world.clock.now() + 3_600_000 * (1 + random.below(60)),
      });
    case 18:
    case 19:
    case 20:
    case 21: {
      const name = pick(["scan", "smoke", "api"]) ?? "scan";
      const result = random.chance(0.8) ? "pass" : "fail";
      const where = name === "scan" ? {} : { stage };
      return by({ type: "ReportCheck", version, name, ...where, result, groups: groupsOf(actor), comment: "looked" });
    }
    case 22:
      return by({ type: "RequestPromotion", version, stage, override: "even so", policies: true });
    case 23:
      return by({ type: "FreezeApplication", reason: "nobody is anywhere" });
    case 24:
      return by({ type: "ThawApplication" });
    default:
      return by({ type: "ApprovePromotion", id: waiting, groups: groupsOf(actor), comment: "fine" });
  }
}

/** Everybody says something of one promotion that waits, one after the other: yes, or no, or what they found out. */
export function drawMeeting(world: World, random: Random): Deed[] {
  const waiting = [...(world.state()?.promotions.values() ?? [])].filter(({ status }) => status === "waiting");
  const promotion = waiting[random.below(Math.max(1, waiting.length))];
  if (promotion === undefined) return [];
  const { id, version, stage } = promotion;
  const people = [...approvers, publisher];
  const asked = questionsIn(world, stage);
  return Array.from({ length: 1 + random.below(6) }, () => {
    const actor = people[random.below(people.length)] ?? publisher;
    const said = { groups: groupsOf(actor), comment: "as was said in the meeting" };
    const question = asked[random.below(Math.max(1, asked.length))];
    if (question !== undefined && random.chance(0.5)) {
      const result = random.chance(0.8) ? "pass" : "fail";
      return { actor, command: { type: "ReportCheck", version, ...question, result, ...said } };
    }
    const type = random.chance(0.8) ? "ApprovePromotion" : "RejectPromotion";
    return { actor, command: { type, id, ...said } };
  });
}

/** What people are asked to find out of a release before it enters a stage. */
function questionsIn(world: World, stage: string): { readonly name: string; readonly stage?: string }[] {
  const { stages = [] } = world.state()?.pipeline?.pipeline ?? {};
  const gates = stages.find(({ name }) => name === stage)?.gates ?? [];
  return gates.flatMap(({ check, checklist }) => [
    ...(check === undefined ? [] : [{ name: check.name }]),
    ...(checklist ?? []).map((item) => ({ name: item.id, stage })),
  ]);
}

/** What an admin lays down for every application: an artifact that may be nowhere, or a policy. */
export function drawRule(world: World, random: Random): RulesCommand | undefined {
  const releases = [...(world.state()?.releases.values() ?? [])].slice(-5);
  const release = releases[random.below(Math.max(1, releases.length))];
  const sha256 = release?.manifest.components[0]?.sha256;
  if (release === undefined || sha256 === undefined) return undefined;
  if (random.chance(0.4)) return { type: "ForbidArtifact", sha256, reason: "it is forbidden everywhere" };
  const name = `policy-${random.below(2)}`;
  if (random.chance(0.3)) return { type: "RemovePolicy", name, reason: "nobody needs it" };
  const source = drawPolicy(name, release.version, random);
  const read = parsePolicy(source);
  if (!("policy" in read)) throw new Error(`the drawn policy is invalid: ${JSON.stringify(read)}\n${source}`);
  return { type: "ApplyPolicy", policy: read.policy, source };
}

function drawPolicy(name: string, version: string, random: Random): string {
  const lines = [
    "apiVersion: sluice/v1",
    "kind: policy",
    `name: ${name}`,
    ...(random.chance(0.5) ? [`blockedVersions: ["${version}"]`] : []),
    ...(random.chance(0.3) ? [`approvalRequired: true`, `approvers: [${approvers.join(", ")}]`] : []),
    ...(random.chance(0.3) ? [`testingRequired: true`, "testEnvironments: [dev]", "minimumTestDuration: 12h"] : []),
    ...(random.chance(0.2) ? ["complianceChecks: [scan]"] : []),
    ...(random.chance(0.1) ? ["allowedChannels: [dev, beta, staging]"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** What people do once everything works again: let through whatever they held up. */
export function tidyUp(world: World): void {
  const state = world.state();
  if (state === undefined) return;
  if (state.frozen !== undefined) world.give({ type: "ThawApplication" }, publisher);
  for (const { name } of state.pipeline?.pipeline.stages ?? []) {
    const stage = state.stages.get(name);
    if (stage?.frozen !== undefined) world.give({ type: "ThawStage", stage: name }, publisher);
    if (stage?.hold !== undefined) world.give({ type: "ResumeAutoPromotion", stage: name }, publisher);
    // What a rollback put there and fails as well does not go back by itself, and what is newer waits until it is verified.
    const fails = [...state.openIssues].some((id) => {
      const issue = state.issues.get(id);
      return issue?.stage === name && issue.version === stage?.live?.version;
    });
    if (stage?.live?.returned === true && fails)
      world.give({ type: "RecallRollout", id: stage.live.promotion, reason: "it fails as well" }, publisher);
  }
  for (const promotion of state.promotions.values()) {
    // A wave whose barrier asks for more clients than there are is waited for only so long.
    const { id, status } = promotion;
    const slow =
      status === "active" && world.clock.now() - promotion.startedAt > longestMs && promotion.waves !== undefined;
    if (slow) world.give({ type: "AbortPromotion", id, reason: "it takes too long" }, publisher);
    if (status === "paused") world.give({ type: "AbortPromotion", id, reason: "nobody knows any more" }, publisher);
  }
  removePolicies(world);
  for (const id of state.openIssues) world.give({ type: "ResolveIssue", id, comment: "looked at" }, publisher);
}

/** Takes away every policy that holds. */
export function removePolicies(world: World): void {
  for (const name of world.state()?.policies.keys() ?? [])
    void world.rule({ type: "RemovePolicy", name, reason: "it was too strict" });
}

/** Everybody approves whatever waits, or rolls out and needs approvals that the pipeline asks for only now. */
export function approveAll(world: World): void {
  for (const { id, status } of world.state()?.promotions.values() ?? [])
    if (status === "waiting" || status === "active")
      for (const actor of approvers)
        world.give({ type: "ApprovePromotion", id, groups: groupsOf(actor), comment: "fine" }, actor);
}
