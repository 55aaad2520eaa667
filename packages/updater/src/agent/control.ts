import { rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { basename } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { choiceSchema } from "../choices/choices.ts";
import { asUpdaterError } from "../disk/failure.ts";
import type { Layout } from "../disk/layout.ts";
import { type UpdaterCode, UpdaterError, updaterCodes } from "../errors.ts";
import type { Log } from "../ports/log.ts";
import type { Updater } from "../updater.ts";
import type { StepResult } from "./say.ts";

const requestSchema = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("check") }),
  z.strictObject({ do: z.literal("update") }),
  z.strictObject({ do: z.literal("rollback"), reason: z.string().min(1).max(2_000) }),
  z.strictObject({ do: z.literal("choose"), choice: choiceSchema }),
]);

/** What a running agent is asked to do. */
export type AgentRequest = z.infer<typeof requestSchema>;

const answerSchema = z.union([
  z.object({ result: z.looseObject({ kind: z.string() }) }),
  z.object({ code: z.string(), message: z.string() }),
]);

/** Largest request in bytes. */
const maxRequestBytes = 16_384;

/**
 * Takes requests on a Unix socket in the installation's folder: who may write there may command the agent, nobody else.
 * @returns a function that ends it
 */
export async function listenForRequests(options: {
  readonly layout: Layout;
  readonly updater: Updater;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<() => Promise<void>> {
  const { layout, updater, log, signal } = options;
  const server = createServer((incoming, response) => {
    void answer(incoming, response, updater, signal);
  });
  rmSync(layout.socket, { force: true });
  const { path, release } = await socketPath(layout);
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    log.warn("Requests of other processes cannot be taken", { why: String(error) });
  } finally {
    process.umask(before);
  }
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(layout.socket, { force: true });
    await release();
  };
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  updater: Updater,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (Number(incoming.headers["content-length"] ?? Number.POSITIVE_INFINITY) > maxRequestBytes)
      throw new UpdaterError("CONFIG_INVALID", "The request is too large, or does not say how large it is");
    const asked = requestSchema.parse(JSON.parse(await text(incoming)));
    const result =
      asked.do === "check"
        ? await updater.check(signal)
        : asked.do === "update"
          ? await updater.update(signal)
          : asked.do === "rollback"
            ? await updater.rollback(asked.reason, signal)
            : { kind: "chosen" as const, choices: await updater.choose(asked.choice) };
    response.end(JSON.stringify({ result }));
  } catch (error) {
    const { code, message } = asUpdaterError(error, "a request of another process");
    response.end(JSON.stringify({ code, message }));
  }
}

/**
 * Asks the agent that looks after an installation.
 * @returns undefined when none answers
 * @throws UpdaterError as the agent's
 */
export async function askAgent(
  layout: Layout,
  asked: AgentRequest,
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  const { path, release } = await socketPath(layout);
  try {
    const body = JSON.stringify(asked);
    const answered = await new Promise<string | undefined>((resolve, reject) => {
      const outgoing = request({ socketPath: path, method: "POST", path: "/", signal, agent: false }, (response) => {
        text(response).then(resolve, reject);
      });
      outgoing.once("error", (error: NodeJS.ErrnoException) =>
        error.code === "ENOENT" || error.code === "ECONNREFUSED" ? resolve(undefined) : reject(error),
      );
      outgoing.setHeader("content-length", Buffer.byteLength(body));
      outgoing.end(body);
    });
    return answered === undefined ? undefined : unwrap(answered);
  } finally {
    await release();
  }
}

function unwrap(answered: string): StepResult {
  const answer = answerSchema.parse(JSON.parse(answered));
  // The result is the agent's own, of this very program.
  if ("result" in answer) return answer.result as unknown as StepResult;
  throw new UpdaterError(answer.code in updaterCodes ? (answer.code as UpdaterCode) : "UNEXPECTED", answer.message);
}

/** Longest path of a Unix socket, sockaddr_un(7), less the closing zero. */
const longestSocketPath = 107;

/** A path by which the socket can be named even where the folder's is too long for a socket. */
async function socketPath(layout: Layout): Promise<{ path: string; release: () => Promise<void> }> {
  if (Buffer.byteLength(layout.socket) <= longestSocketPath)
    return { path: layout.socket, release: async () => undefined };
  let folder: FileHandle;
  try {
    folder = await open(layout.folder, "r");
  } catch {
    return { path: layout.socket.slice(0, longestSocketPath), release: async () => undefined };
  }
  return { path: `/proc/self/fd/${folder.fd}/${basename(layout.socket)}`, release: () => folder.close() };
}
