import type { FastifyReply, FastifyRequest } from "fastify";
import type { BlobStore } from "../blobs/store.ts";
import { readRange } from "./byte-range.ts";
import { isNotModified } from "./not-modified.ts";
import { ProblemError, problemError, problemOf } from "./problem.ts";

/** Sends content, or the range of it that was asked for. Its name is its digest, so it may be kept for ever. */
export async function sendBlob(
  blobs: BlobStore,
  sha256: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const size = await blobs.size(sha256);
  if (size === undefined) throw problemError("BLOB_NOT_FOUND", `There is no content ${sha256} here.`);
  const etag = `"${sha256}"`;
  reply.headers({
    etag,
    "cache-control": "public, max-age=31536000, immutable",
    "accept-ranges": "bytes",
    // Somebody else's bytes: a browser must neither guess what they are nor run them.
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "attachment",
  });
  const { range, "if-range": ifRange, "if-none-match": ifNoneMatch } = request.headers;
  if (ifNoneMatch !== undefined && isNotModified(ifNoneMatch, etag)) return reply.code(304).send();
  const part = ifRange === undefined || ifRange === etag ? readRange(range, size) : undefined;
  if (part === "unsatisfiable")
    throw new ProblemError(
      problemOf("RANGE_NOT_SATISFIABLE", `The content has ${size} bytes; the range ${range} has none of them.`),
      {
        "content-range": `bytes */${size}`,
      },
    );
  const body = request.method === "HEAD" ? undefined : await blobs.read(sha256, part);
  reply.code(part === undefined ? 200 : 206).type("application/octet-stream");
  if (part !== undefined) reply.header("content-range", `bytes ${part.start}-${part.end}/${size}`);
  reply.header("content-length", part === undefined ? size : part.end - part.start + 1);
  return reply.send(body);
}
