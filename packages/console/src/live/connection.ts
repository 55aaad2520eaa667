import { type Problem, problemText } from "../api/problem.ts";

/** How the page is connected to the log of the application it shows. Times in ms since the epoch, on this machine's clock. */
export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "lost"; readonly since: number; readonly retryAt: number; readonly problem: Problem };

/** Tells a connection that broke: since when stays what it was over all attempts that fail after it. */
export function lost(before: Connection, problem: Problem, now: number, retryInMs: number): Connection {
  return { state: "lost", since: before.state === "lost" ? before.since : now, retryAt: now + retryInMs, problem };
}

/** What the loss means for who looks at the page. `answers`: whether the server still answers when it is asked. */
export function lossText(problem: Problem, answers: boolean): string {
  if (problem.status !== 0) return `No live events. ${problemText(problem)}`;
  return answers
    ? "Live events are interrupted; the page asks every 5 seconds instead."
    : "Not connected: the server does not answer. What you see is the last that it said.";
}
