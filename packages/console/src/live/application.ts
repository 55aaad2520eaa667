import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { Problem } from "../api/problem.ts";
import { type Connection, lost } from "./connection.ts";
import { addToFeed } from "./feed.ts";

/** Everything that the page knows of the application it shows. */
export interface Application {
  readonly status?: StatusView;
  /** Why the last question for the status was not answered. */
  readonly problem?: Problem;
  /** Newest first. */
  readonly events: readonly SealedEvent[];
  readonly connection: Connection;
  /** How far the server's clock is ahead, in ms. */
  readonly clockOffset: number;
}

export type Happening =
  | { readonly type: "status"; readonly status: StatusView; readonly now: number }
  | { readonly type: "status-failed"; readonly problem: Problem }
  | { readonly type: "opened" }
  | { readonly type: "events"; readonly events: readonly SealedEvent[] }
  | { readonly type: "lost"; readonly problem: Problem; readonly now: number; readonly retryInMs: number };

export const nothingKnown: Application = { events: [], connection: { state: "connecting" }, clockOffset: 0 };

/** What is known after something happened. Pure. */
export function learn(known: Application, happening: Happening): Application {
  switch (happening.type) {
    case "status": {
      const { problem: _, ...rest } = known;
      // Answers may overtake each other.
      if (known.status !== undefined && known.status.at > happening.status.at) return rest;
      return { ...rest, status: happening.status, clockOffset: Date.parse(happening.status.at) - happening.now };
    }
    case "status-failed":
      return { ...known, problem: happening.problem };
    case "opened":
      return { ...known, connection: { state: "live" } };
    case "events":
      return { ...known, events: addToFeed(known.events, happening.events) };
    case "lost":
      return { ...known, connection: lost(known.connection, happening.problem, happening.now, happening.retryInMs) };
  }
}
