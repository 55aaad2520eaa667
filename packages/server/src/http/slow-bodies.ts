import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { sendProblem } from "./errors.ts";
import { problemOf } from "./problem.ts";

interface BodyTimes {
  /** How long a body of the usual kind may take, in ms. */
  readonly bodyMs: number;
  /** How long the rest of a body is still read after its answer, in ms, so that the client gets to read the answer. */
  readonly lingerMs: number;
}

/** An upload that brings less than this in a window is cut off; it can go on later. */
const uploadWindowMs = 30_000;
const uploadBytesMin = 30 * 1024;

/** Ends requests whose bodies come too slowly, so that nobody holds a connection for ever. Uploads are watched on their own. */
export function endSlowBodies(
  app: FastifyInstance,
  { bodyMs, lingerMs }: BodyTimes = { bodyMs: 30_000, lingerMs: 5_000 },
): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!hasBody(request.raw) || request.routeOptions.config.upload === true) return;
    const timer = setTimeout(() => {
      if (request.raw.complete || reply.sent) return;
      sendProblem(
        reply.header("connection", "close"),
        problemOf("REQUEST_TIMEOUT", `The body did not arrive within ${bodyMs / 1_000} s.`),
      );
    }, bodyMs);
    timer.unref();
    request.raw.once("close", () => clearTimeout(timer));
    reply.raw.once("close", () => clearTimeout(timer));
  });
  app.addHook("onResponse", async (request) => {
    if (request.raw.complete) return;
    const timer = setTimeout(() => request.raw.destroy(), lingerMs);
    timer.unref();
    request.raw.once("close", () => clearTimeout(timer));
  });
}

/** Whether a request says that it has a body (RFC 9112, 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

/** Ends an upload that brings next to nothing. @returns what stops the watch. */
export function watchUpload(request: IncomingMessage): () => void {
  let before = request.socket.bytesRead;
  const timer = setInterval(() => {
    const now = request.socket.bytesRead;
    // What is not read because the disk is slow is not the sender's fault.
    if (now - before < uploadBytesMin && !request.isPaused() && !request.complete)
      request.destroy(new Error("the upload is too slow"));
    before = now;
  }, uploadWindowMs);
  return () => clearInterval(timer);
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route takes a body of any size, at its own pace. */
    readonly upload?: boolean;
  }
}
