import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import type { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import { drawPipeline } from "./draw.ts";

/** Something that a person does at a bad moment: sensible or not, allowed or not. */
export function drawPersonsCommand(world: World, random: Random): ApplicationCommand | undefined {
  const state = world.state();
  if (state === undefined) return undefined;
  const pick = <T>(items: readonly T[]): T | undefined => items[random.below(Math.max(1, items.length))];
  const version = pick([...state.releases.keys()].slice(-5));
  const stage = pick((state.pipeline?.pipeline.stages ?? []).map((candidate) => candidate.name));
  const promotion = pick([...state.promotions.keys()].slice(-8));
  if (version === undefined || stage === undefined || promotion === undefined) return undefined;
  const severity = pick(["info", "warning", "critical"] as const) ?? "info";
  const issue = pick([...state.openIssues]);
  switch (random.below(15)) {
    case 0:
      return { type: "WithdrawRelease", version, reason: "it was withdrawn" };
    case 1:
      return { type: "RequestPromotion", version, stage };
    case 2:
      return { type: "RequestPromotion", version, stage, override: "it cannot wait" };
    case 3:
      return { type: "PausePromotion", id: promotion, reason: "to have a look" };
    case 4:
      return { type: "ResumePromotion", id: promotion, reason: "it looks good" };
    case 5:
      return { type: "AbortPromotion", id: promotion, reason: "another one is better" };
    case 6:
      return {
        type: "RollBack",
        stage,
        reason: "it does not feel right",
        ...(random.chance(0.3) ? { to: version } : {}),
      };
    case 7:
      return { type: "OpenIssue", version, title: "something is odd", severity };
    case 8:
      return { type: "FreezeStage", stage, reason: "nobody is here" };
    case 9:
      return { type: "ThawStage", stage };
    case 10: {
      const sha256 = state.releases.get(version)?.manifest.components[0]?.sha256;
      return sha256 === undefined
        ? undefined
        : { type: "WithdrawArtifact", sha256, reason: "it was found to be harmful" };
    }
    case 11:
      return issue === undefined ? undefined : { type: "ResolveIssue", id: issue, comment: "mended" };
    case 12:
      return { type: "HaltRollout", id: promotion, reason: "to keep it from others" };
    case 13:
      return { type: "RecallRollout", id: promotion, reason: "it has to go back" };
    default: {
      const source = drawPipeline(random);
      const parsed = parsePipeline(source);
      return "pipeline" in parsed ? { type: "ApplyPipeline", pipeline: parsed.pipeline, source } : undefined;
    }
  }
}

/** What an admin forbids in every application. */
export function drawRule(world: World, random: Random): RulesCommand | undefined {
  const releases = [...(world.state()?.releases.values() ?? [])].slice(-5);
  const sha256 = releases[random.below(Math.max(1, releases.length))]?.manifest.components[0]?.sha256;
  return sha256 === undefined ? undefined : { type: "ForbidArtifact", sha256, reason: "it is forbidden everywhere" };
}
