import { Worker } from "node:worker_threads";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { errorOf, type Failure } from "./failure.ts";
import type { Answer, Request } from "./group.ts";
import type { Arguments, OperationName, Result } from "./operations.ts";
import type { ToWriter } from "./writer.ts";

/** The way to the writer's thread. */
export interface Connection {
  /** Resolves with the operation's result; for a writing one, when it is on disk. */
  call<N extends OperationName>(operation: N, ...args: Arguments<N>): Promise<Result<N>>;
  /** Waits for what was asked, then ends the thread. */
  close(): Promise<void>;
}

/** More than this many waiting requests mean that the disk does not keep up; they must not fill the memory. */
const waitingMax = 65_536;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

function unavailable(message: string, cause?: unknown): OperationalError {
  return new OperationalError("STORE_UNAVAILABLE", message, { retryable: false, cause });
}

/** Starts a writer for the database at `path`. Fails with STORE_UNAVAILABLE or DISK_FULL when that cannot be used. */
export async function connect(path: string): Promise<Connection> {
  const worker = new Worker(new URL("./writer.ts", import.meta.url), { workerData: { path } });
  await new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (message: "ready" | { failure: Failure }) => {
      if (message === "ready") resolve();
      else reject(errorOf(message.failure));
    });
  });

  const waiting = new Map<number, Waiting>();
  let outbox: Request[] = [];
  let nextId = 0;
  let ended: OperationalError | undefined;
  let drained: (() => void) | undefined;

  worker.removeAllListeners("error");
  worker.on("error", (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    ended = unavailable(`the writer of ${path} has stopped: ${reason}. Restart the server.`, cause);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    drained?.();
  });
  worker.on("message", (answers: readonly Answer[]) => {
    for (const answer of answers) {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("failure" in answer) asked?.reject(errorOf(answer.failure));
      else asked?.resolve(answer.value as never);
    }
    if (waiting.size === 0) drained?.();
  });
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));

  const send = () => {
    worker.postMessage(outbox satisfies ToWriter);
    outbox = [];
  };

  return {
    call(operation, ...args) {
      if (ended) return Promise.reject(ended);
      if (waiting.size >= waitingMax)
        return Promise.reject(
          new OperationalError(
            "STORE_UNAVAILABLE",
            `the disk of ${path} does not keep up: ${waitingMax} requests are waiting. Nothing was stored; try again later.`,
            { retryable: true },
          ),
        );
      return new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        // What is asked in one turn of the event loop travels in one message.
        if (outbox.push({ id, operation, args }) === 1) setImmediate(send);
      });
    },
    async close() {
      ended ??= unavailable(`the store ${path} is closed`);
      if (waiting.size > 0)
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
      worker.postMessage("close" satisfies ToWriter);
      await exited;
    },
  };
}
