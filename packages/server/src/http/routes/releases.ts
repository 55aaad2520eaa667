import { stagesOf } from "@sluice/core/application/context.ts";
import { findRelease } from "@sluice/core/application/find.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import {
  type Manifest,
  manifestDigest,
  manifestSchema,
  nameSchema,
  versionSchema,
} from "@sluice/core/release/manifest.ts";
import { newestFirst } from "@sluice/core/release/version.ts";
import { historyOf } from "@sluice/core/views/history.ts";
import { rollbackTests } from "@sluice/core/views/rollback-test.ts";
import { z } from "zod";
import type { BlobStore } from "../../blobs/store.ts";
import { actorOf, requireEveryStage, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
import { readIncidents } from "../read-incidents.ts";
import { issueView } from "../schemas/issue.ts";
import { appParams, countQuery, reasonSchema, releaseParams } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { releaseDetailSchema, releaseSchema, releaseView, standingsOf } from "../schemas/release.ts";
import type { App } from "./route.ts";

const publishedSchema = z.object({
  version: z.string(),
  digest: z.string(),
  created: z.boolean().describe("false: the same release was published before, and nothing changed"),
  promotion: z.string().exactOptional().describe("Its way into the first stage"),
});

const listQuery = z.object({
  limit: countQuery({ max: 500, default: 50 }),
  after: versionSchema.exactOptional().describe("Go on after this version"),
});

/** Releases: publishing, showing, withdrawing. */
export function releaseRoutes(app: App, { plane, blobs }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/releases",
    {
      config: { access: "publish", invalidBody: "RELEASE_INVALID" },
      schema: {
        summary: "Publish a release",
        params: appParams,
        body: manifestSchema.extend({ app: nameSchema.exactOptional() }),
        response: { 200: publishedSchema, 201: publishedSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const name = request.params.app;
      const manifest: Manifest = { ...request.body, app: request.body.app ?? name };
      const state = accepted(plane.find(name));
      const [first] = stagesOf(state);
      if (first !== undefined) requireStage(request, first.name);
      const { version } = manifest;
      const digest = manifestDigest(manifest);
      // What is published already was checked then, and what is refused anyway needs no look at the disk.
      if (!state.releases.has(version)) await requireBlobs(manifest, blobs);
      const { events } = accepted(await plane.execute(name, { type: "PublishRelease", manifest }, actorOf(request)));
      const created = events.some((event) => event.type === "ReleasePublished");
      const requested = events.find(({ type, data }) => type === "PromotionRequested" && data.version === version);
      const promotion = typeof requested?.data.id === "string" ? { promotion: requested.data.id } : {};
      return reply.code(created ? 201 : 200).send({ version, digest, created, ...promotion });
    },
  );

  app.get(
    "/api/v1/apps/:app/releases",
    {
      config: { access: "read" },
      schema: {
        summary: "Releases, newest first",
        params: appParams,
        querystring: listQuery,
        response: {
          200: z.object({ releases: z.array(releaseSchema), next: z.string().exactOptional() }),
          ...refusals,
        },
      },
    },
    async (request) => {
      const { limit, after } = request.query;
      const state = accepted(plane.find(request.params.app));
      const versions = state.releases
        .keySeq()
        .toArray()
        .sort(newestFirst)
        .filter((version) => after === undefined || newestFirst(version, after) > 0);
      const page = versions.slice(0, limit);
      const standings = standingsOf(state, new Set(page));
      const releases = page
        .flatMap((version) => state.releases.get(version) ?? [])
        .map((r) => releaseView(r, standings));
      const last = page.at(-1);
      return { releases, ...(versions.length > limit && last !== undefined ? { next: last } : {}) };
    },
  );

  app.get(
    "/api/v1/apps/:app/releases/:version",
    {
      config: { access: "read" },
      schema: {
        summary: "A release with its digests and its whole path",
        params: releaseParams,
        response: { 200: releaseDetailSchema, ...refusals },
      },
    },
    async (request) => {
      const { app: name, version } = request.params;
      const counts = (await plane.reports.counts(name)).filter((count) => count.version === version);
      const shown = showRelease(accepted(plane.find(name)), version);
      const all = rollbackTests(historyOf(accepted(plane.find(name))), await readIncidents(plane, name));
      return { ...shown, rollbacks: all.filter((test) => test.version === version), clients: counts };
    },
  );

  app.post(
    "/api/v1/apps/:app/releases/:version/withdraw",
    {
      config: { access: "operate" },
      schema: {
        summary: "Block a version everywhere, and roll back where it is live",
        params: releaseParams,
        body: z.strictObject({ reason: reasonSchema }),
        response: { 200: releaseSchema, ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const { app: name, version } = request.params;
      const { reason } = request.body;
      const command = { type: "WithdrawRelease", version, reason } as const;
      const { state } = accepted(await plane.execute(name, command, actorOf(request)));
      return releaseView(accepted(findRelease(state, version)), standingsOf(state, new Set([version])));
    },
  );
}

function showRelease(state: AppState, version: string) {
  const release = accepted(findRelease(state, version));
  return {
    ...releaseView(release, standingsOf(state, new Set([version]))),
    manifest: release.manifest,
    path: historyOf(state, { version }),
    issues: state.issues
      .valueSeq()
      .filter((issue) => issue.version === version)
      .map(issueView)
      .toArray(),
  };
}

/** Refuses a release whose content is not all here, with the sizes that it says. */
async function requireBlobs(manifest: Manifest, blobs: BlobStore): Promise<void> {
  for (const { name, kind, sha256, size } of manifest.components) {
    // An image is where its registry has it.
    if (kind === "image") continue;
    const stored = await blobs.size(sha256);
    if (stored === size) continue;
    throw stored === undefined
      ? problemError(
          "BLOB_MISSING",
          `Component "${name}": the content ${sha256} was not uploaded. Upload it first: PUT /api/v1/blobs/${sha256}`,
        )
      : problemError(
          "RELEASE_INVALID",
          `Component "${name}": the content ${sha256} has ${stored} bytes, not the ${size} that the manifest says.`,
        );
  }
}
