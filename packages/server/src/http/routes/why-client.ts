import { activePromotion, stageOf } from "@sluice/core/application/state.ts";
import { nameSchema, platformSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { explainClient } from "@sluice/core/views/client/explain-client.ts";
import type { ClientReport } from "@sluice/core/views/client/installed.ts";
import { z } from "zod";
import type { Report } from "../../telemetry/reports.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { clientExplanationSchema } from "../schemas/client-explanation.ts";
import { clientIdSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

/** How many reports of a client are looked through, on all channels; and how many are told. */
const reportsRead = 200;
const reportsTold = 20;
const reasonMax = 500;

const attributeSchema = z
  .string()
  .max(400)
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}=.{0,256}$/, "must be NAME=VALUE, NAME as in X-Attribute-NAME in small letters");

const clientQuery = z.object({
  current: versionSchema.exactOptional().describe("What it has installed; without it, what its reports say"),
  platform: platformSchema.exactOptional(),
  attribute: z
    .union([attributeSchema, z.array(attributeSchema).max(32)])
    .exactOptional()
    .describe("NAME=VALUE, any number of times: what it says in X-Attribute-NAME"),
});

/** Why one client did, or did not, get a release. */
export function whyClientRoutes(app: App, { plane, served }: HttpContext): void {
  app.get(
    "/api/v1/apps/:app/why/:version/:stage/clients/:client",
    {
      config: { access: "read" },
      schema: {
        summary: "Why one client did, or did not, get a release in a stage",
        params: z.object({ app: nameSchema, version: versionSchema, stage: nameSchema, client: clientIdSchema }),
        querystring: clientQuery,
        response: { 200: clientExplanationSchema, ...refusals },
      },
    },
    async (request) => {
      const { app: name, version, stage, client: id } = request.params;
      const { current, platform, attribute = [] } = request.query;
      const rolling = activePromotion(accepted(plane.find(name)), stageOf(accepted(plane.find(name)), stage));
      const [all, offers, measurements] = await Promise.all([
        plane.reports.recent(name, { clientId: id }, reportsRead),
        rolling === undefined ? [] : plane.reports.offers(name, rolling.id, { clientId: id }),
        plane.measure(name),
      ]);
      const state = accepted(plane.find(name));
      const offer = offers[0];
      // Only an offer of the rollout that is under way still says anything.
      const same = activePromotion(state, stageOf(state, stage))?.id === rolling?.id;
      const question = {
        version,
        stage,
        client: {
          id,
          ...(current === undefined ? {} : { version: current }),
          ...(platform === undefined ? {} : { platform }),
          attributes: attributesOf([attribute].flat()),
        },
        feed: served.get(name, stage)?.feed,
        reports: all
          .filter(({ channel }) => channel === stage)
          .slice(0, reportsTold)
          .map(said),
        ...(offer === undefined || !same
          ? {}
          : { offer: { no: offer.no, at: offer.offeredAt, givenBack: offer.givenBack } }),
      };
      return accepted(explainClient(state, question, measurements, plane.now(name)));
    },
  );
}

function attributesOf(pairs: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (const pair of pairs) attributes[pair.slice(0, pair.indexOf("="))] = pair.slice(pair.indexOf("=") + 1);
  return attributes;
}

function said({ version, status, receivedAt, details }: Report): ClientReport {
  const reason: unknown = details === undefined ? undefined : JSON.parse(details).reason;
  return {
    version,
    status,
    at: receivedAt,
    ...(typeof reason === "string" ? { reason: reason.slice(0, reasonMax) } : {}),
  };
}
