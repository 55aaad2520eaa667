import type { Release } from "@sluice/core/application/state.ts";
import { digestSchema, nameSchema } from "@sluice/core/release/manifest.ts";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { feedFile } from "../../feeds/serve.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
import { appParams } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { sendBlob } from "../send-blob.ts";
import type { App } from "./route.ts";

/** The signed feeds as static files, and the content that they lead to. */
export function feedRoutes(app: App, { plane, blobs, feeds }: HttpContext): void {
  app.get(
    "/feeds/:app/blobs/:sha256",
    {
      config: { access: "public" },
      schema: {
        summary: "Content of a release that was published and not withdrawn",
        params: z.object({ app: nameSchema, sha256: digestSchema }),
        response: {
          200: { description: "The content", content: { "application/octet-stream": { schema: z.string() } } },
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const { app: name, sha256 } = request.params;
      const { releases } = accepted(plane.find(name));
      if (!contentOf(releases).has(sha256))
        throw problemError("BLOB_NOT_FOUND", `No release of ${name} that is offered has the content ${sha256}.`);
      return sendBlob(blobs, sha256, request, reply as FastifyReply);
    },
  );

  app.get(
    "/feeds/:app/*",
    {
      config: { access: "public" },
      schema: {
        summary: "Signed metadata and targets, in the manner of TUF 1.0",
        params: appParams.extend({ "*": z.string().max(300) }),
        response: {
          200: { description: "The file", content: { "application/json": { schema: z.unknown() } } },
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const { app: name, "*": path } = request.params;
      accepted(plane.find(name));
      const file = await feedFile(await feeds.repository(name), path);
      if (file === undefined) throw problemError("ROUTE_NOT_FOUND", `The feeds of ${name} have no file ${path}.`);
      return reply.headers(file.headers).send(file.body);
    },
  );
}

/** The content of each state of an application's releases, made once. */
const contents = new WeakMap<object, ReadonlySet<string>>();

function contentOf(releases: { valueSeq(): Iterable<Release> }): ReadonlySet<string> {
  let content = contents.get(releases);
  if (content === undefined) {
    const digests = new Set<string>();
    for (const { manifest, withdrawn } of releases.valueSeq())
      if (withdrawn === undefined) for (const { sha256 } of manifest.components) digests.add(sha256);
    content = digests;
    contents.set(releases, content);
  }
  return content;
}
