import type { StatusView } from "@sluice/core/views/status.ts";
import { follow } from "../api/follow.ts";
import { type Problem, problemBehind } from "../api/problem.ts";
import { appPath, requestJson } from "../api/request.ts";
import type { Happening } from "./application.ts";
import { backoffMs } from "./backoff.ts";
import { throttle } from "./throttle.ts";

/** How often the status is asked for when nothing happens, and at most when much does. Milliseconds. */
const statusEveryMs = 5_000;
const statusAtMostEveryMs = 500;

export interface Watch {
  /** Connects at once instead of waiting for the next attempt. */
  readonly retry: () => void;
  readonly stop: () => void;
}

/**
 * Watches one application until it is stopped: asks for its status and follows its log, again and again when that breaks.
 * @param options.after number of the last event that is known already
 * @param options.happened is told everything; after `stop` nothing more
 */
export function watchApplication(options: {
  readonly app: string;
  readonly token: string;
  readonly after: number;
  readonly happened: (happening: Happening) => void;
}): Watch {
  const { app, token, happened } = options;
  const ending = new AbortController();
  const { signal } = ending;
  let { after } = options;
  let failures = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const askStatus = throttle(() => {
    requestJson<StatusView>(appPath(app, "status"), { token, signal }).then(
      (status) => signal.aborted || happened({ type: "status", status, now: Date.now() }),
      (error: unknown) => signal.aborted || happened({ type: "status-failed", problem: problemBehind(error) }),
    );
  }, statusAtMostEveryMs);

  const onOpen = () => {
    failures = 0;
    happened({ type: "opened" });
    askStatus();
  };

  const onLost = (problem: Problem) => {
    if (signal.aborted) return;
    failures += 1;
    const retryInMs = backoffMs(failures);
    waiting = setTimeout(listen, retryInMs);
    happened({ type: "lost", problem, now: Date.now(), retryInMs });
    askStatus();
  };

  function listen(): void {
    waiting = undefined;
    const onEvents: Parameters<typeof follow>[0]["onEvents"] = (events) => {
      after = Math.max(after, ...events.map((event) => event.seq));
      happened({ type: "events", events });
      askStatus();
    };
    follow({ app, token, signal, after, onOpen, onEvents }).then(
      () => onLost({ status: 0, title: "The server ended the stream" }),
      (error: unknown) => onLost(problemBehind(error)),
    );
  }

  const retry = () => {
    askStatus();
    if (waiting === undefined) return;
    clearTimeout(waiting);
    listen();
  };

  askStatus();
  listen();
  const poll = setInterval(askStatus, statusEveryMs);
  addEventListener("online", retry);
  const stop = () => {
    ending.abort();
    askStatus.cancel();
    clearInterval(poll);
    clearTimeout(waiting);
    removeEventListener("online", retry);
  };
  return { retry, stop };
}
