import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** How long a child may take for one answer, in ms. */
const patienceMs = 120_000;

/** A process of this benchmark, which answers one message with one. */
export class Child {
  readonly #process: ChildProcess;
  #answer: PromiseWithResolvers<unknown> = Promise.withResolvers();

  constructor(file: string, args: readonly string[]) {
    this.#process = fork(join(import.meta.dirname, `${file}.ts`), args, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#process.on("message", (message) => this.#answer.resolve(message));
    this.#process.on("exit", (code) =>
      this.#answer.reject(new Error(`${file}.ts ended early, with exit code ${code}`)),
    );
    this.#answer.promise.catch(() => undefined);
  }

  /** Sends a message and waits for its answer. */
  async ask<Answer>(message: object | string): Promise<Answer> {
    this.#answer = Promise.withResolvers();
    const timer = setTimeout(
      () => this.#answer.reject(new Error("a process of the benchmark did not answer")),
      patienceMs,
    );
    this.#process.send(message);
    try {
      return (await this.#answer.promise) as Answer;
    } finally {
      clearTimeout(timer);
      this.#answer.promise.catch(() => undefined);
    }
  }

  /** Ends the process, and waits until it is gone. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 15_000);
    await gone;
    clearTimeout(timer);
  }
}

/** The child's side: answers the server's own questions, and ends when the parent does. */
export function answerParent(url: string, close: () => Promise<void>): void {
  process.on("message", (message) => {
    const { user, system } = process.cpuUsage();
    process.send?.(message === "cpu" ? user + system : url);
  });
  process.on("disconnect", () => void close().finally(() => process.exit()));
}
