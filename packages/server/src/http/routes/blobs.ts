import { Readable } from "node:stream";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { readContentRange } from "../byte-range.ts";
import type { HttpContext } from "../context.ts";
import { operationalProblem, ProblemError, problemError } from "../problem.ts";
import { blobParams } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { sendBlob } from "../send-blob.ts";
import { hasBody, watchUpload } from "../slow-bodies.ts";
import type { App } from "./route.ts";

const uploadSchema = z.object({
  sha256: z.string(),
  size: z.int().describe("bytes that are here"),
  complete: z.boolean(),
});
const content = {
  description: "The content, or the range that was asked for",
  content: { "application/octet-stream": { schema: z.string() } },
};

/** Content by its digest. */
export async function blobRoutes(app: App, context: HttpContext): Promise<void> {
  const { blobs } = context;
  // The body is not read here but by the store, as it comes; whatever it calls itself.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));

  app.put(
    "/api/v1/blobs/:sha256",
    {
      config: { access: "publish", upload: true },
      schema: {
        summary: "Upload content; a part of it with Content-Range: bytes START-END/TOTAL",
        description: "What came is kept when the upload breaks off: HEAD tells in Upload-Offset where to go on.",
        consumes: ["application/octet-stream"],
        params: blobParams,
        response: { 200: uploadSchema, 201: uploadSchema, 202: uploadSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const { sha256 } = request.params;
      const stored = await blobs.size(sha256);
      if (stored !== undefined) return reply.code(200).send({ sha256, size: stored, complete: true });
      const { complete, size } = await receive(context, sha256, request);
      if (!complete) reply.header("upload-offset", size);
      return reply.code(complete ? 201 : 202).send({ sha256, size, complete });
    },
  );

  app.head(
    "/api/v1/blobs/:sha256",
    {
      config: { access: "download", swagger: { exposeHeadRoute: true } },
      schema: { summary: "Whether content is here; else Upload-Offset says where to go on", params: blobParams },
    },
    async (request, reply) => {
      const { sha256 } = request.params;
      if ((await blobs.size(sha256)) !== undefined) return sendBlob(blobs, sha256, request, reply);
      return reply
        .code(404)
        .header("upload-offset", await blobs.uploadOffset(sha256))
        .send();
    },
  );

  app.get(
    "/api/v1/blobs/:sha256",
    {
      config: { access: "download" },
      exposeHeadRoute: false,
      schema: {
        summary: "Download content",
        params: blobParams,
        response: { 200: content, 206: content, ...refusals },
      },
    },
    async (request, reply) => {
      await sendBlob(blobs, request.params.sha256, request, reply as FastifyReply);
      return reply;
    },
  );
}

async function receive({ blobs, blobBytesMax }: HttpContext, sha256: string, request: FastifyRequest) {
  const { offset, total } = placeOf(request);
  const unwatch = watchUpload(request.raw);
  try {
    const body = hasBody(request.raw) ? request.raw : Readable.from([]);
    return await blobs.put(sha256, body, { offset, ...(total === undefined ? {} : { total }), maxBytes: blobBytesMax });
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "UPLOAD_OFFSET_MISMATCH") throw error;
    const { problem, headers } = operationalProblem(error);
    throw new ProblemError(problem, { ...headers, "upload-offset": String(await blobs.uploadOffset(sha256)) });
  } finally {
    unwatch();
  }
}

/** Where the body belongs in the content, and how large the content is, as far as the sender says. */
function placeOf(request: FastifyRequest): { offset: number; total: number | undefined } {
  const { "content-range": header, "content-length": length } = request.headers;
  const bytes = length === undefined ? undefined : Number(length);
  if (header === undefined) return { offset: 0, total: bytes };
  const range = readContentRange(header);
  if (range === undefined)
    throw problemError(
      "REQUEST_INVALID",
      `Content-Range: "${header.slice(0, 100)}" is not of the form: bytes START-END/TOTAL`,
    );
  if (bytes !== undefined && bytes !== range.end - range.start + 1)
    throw problemError(
      "REQUEST_INVALID",
      `Content-Range names ${range.end - range.start + 1} bytes, and the body has ${bytes}.`,
    );
  return { offset: range.start, total: range.total };
}
