import { stagesOf } from "@sluice/core/application/context.ts";
import { type AppState, type Promotion, type Release, stageOf } from "@sluice/core/application/state.ts";
import { manifestSchema } from "@sluice/core/release/manifest.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import { deploymentSchema } from "./deployment.ts";
import { issueSchema } from "./issue.ts";
import { timeSchema } from "./names.ts";

export const releaseSchema = z.object({
  version: z.string(),
  digest: z.string().describe("SHA-256 of the canonical manifest"),
  publishedAt: timeSchema,
  publishedBy: z.string(),
  commit: z.string().exactOptional(),
  withdrawn: z.object({ at: timeSchema, by: z.string(), reason: z.string() }).exactOptional(),
  mandatory: z.boolean(),
  stages: z
    .record(
      z.string(),
      z.enum(["live", "complete", "active", "paused", "waiting", "rolled-back", "aborted", "superseded"]),
    )
    .describe("Where it stands in each stage that it was ever on its way into"),
});

export const countsSchema = z.object({
  app: z.string(),
  channel: z.string(),
  version: z.string(),
  reached: z.int(),
  healthy: z.int(),
  failed: z.int(),
  rolledBack: z.int(),
});

const rollbackTestSchema = z.object({
  stage: z.string(),
  version: z.string(),
  status: z.enum(["tested", "untested", "none"]).describe("none: nothing was there before it"),
  confirmed: z.int().describe("Clients that confirmed that they are back"),
  incident: z.string().exactOptional().describe("The rollback that tested it"),
});

export const releaseDetailSchema = releaseSchema.extend({
  manifest: manifestSchema,
  path: z.array(deploymentSchema).describe("Its way through the stages, newest first"),
  issues: z.array(issueSchema),
  rollbacks: z.array(rollbackTestSchema).describe("Whether the way back from it was ever gone, by stage"),
  clients: z.array(countsSchema).describe("What clients reported of it, by channel"),
});

type Standing = z.infer<typeof releaseSchema>["stages"][string];

/** A release as it is shown in a list. @param standings from `standingsOf` */
export function releaseView(
  release: Release,
  standings: ReadonlyMap<string, Record<string, Standing>>,
): z.infer<typeof releaseSchema> {
  const { version, digest, publishedAt, publishedBy, manifest, withdrawn } = release;
  return {
    version,
    digest,
    publishedAt: rfc3339(publishedAt),
    publishedBy,
    ...(manifest.commit === undefined ? {} : { commit: manifest.commit }),
    ...(withdrawn === undefined ? {} : { withdrawn: { ...withdrawn, at: rfc3339(withdrawn.at) } }),
    mandatory: manifest.mandatory === true,
    stages: standings.get(version) ?? {},
  };
}

/** Where each of these versions stands in each stage: by its latest promotion there, `live` when it is what is live. */
export function standingsOf(state: AppState, versions: ReadonlySet<string>): Map<string, Record<string, Standing>> {
  const latest = new Map<string, Map<string, Promotion>>();
  for (const promotion of state.promotions.values()) {
    if (!versions.has(promotion.version)) continue;
    const byStage = latest.get(promotion.version) ?? new Map<string, Promotion>();
    const known = byStage.get(promotion.stage);
    if (known === undefined || numberOf(promotion) > numberOf(known)) byStage.set(promotion.stage, promotion);
    latest.set(promotion.version, byStage);
  }
  const standings = new Map<string, Record<string, Standing>>();
  for (const [version, byStage] of latest) {
    const standing: Record<string, Standing> = {};
    for (const { name } of stagesOf(state)) {
      const promotion = byStage.get(name);
      if (promotion === undefined) continue;
      standing[name] = stageOf(state, name).live?.version === version ? "live" : promotion.status;
    }
    standings.set(version, standing);
  }
  return standings;
}

/** Promotions into a stage are numbered: `beta-7`. */
function numberOf({ id, stage }: Promotion): number {
  return Number(id.slice(stage.length + 1));
}
