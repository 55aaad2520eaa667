import { createHash } from "node:crypto";
import type { Offered, UpdateResult } from "../events.ts";
import { timestamp } from "../ports/clock.ts";

/** What a program, or a person, is told of an update. */
export interface UpdateNotification {
  /** The same for the same news, so that it is told once. */
  readonly id: string;
  readonly type: "info" | "warning" | "critical";
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly actions: readonly { readonly label: string; readonly action: NotificationAction }[];
  /** RFC 3339 */
  readonly expiresAt: string;
}

export type NotificationAction = "install" | "schedule" | "dismiss" | "learn-more";

/** So long a notification stands, ms. */
const lifetimeMs = 7 * 24 * 3_600_000;

/** The news that a version is on offer. */
export function offered(app: string, offer: Offered, now: number): UpdateNotification {
  const { version, mandatory, kind } = offer;
  const back = kind === "rollback";
  return {
    id: idOf(app, kind, version),
    type: mandatory ? "critical" : "info",
    version,
    title: back ? `The way back to ${version} is open` : `Update ${version} available`,
    description: back
      ? "The installed version was taken back by its publisher."
      : (offer.summary ?? (mandatory ? "This update must be installed." : "A new version can be installed.")),
    actions: [
      { label: "Install Now", action: "install" },
      { label: "Schedule", action: "schedule" },
      ...(mandatory ? [] : [{ label: "Dismiss", action: "dismiss" } as const]),
      ...(offer.releaseNotes === undefined ? [] : [{ label: "Learn More", action: "learn-more" } as const]),
    ],
    expiresAt: timestamp(now + lifetimeMs),
  };
}

/** The news that an update ended; undefined where nothing was done. */
export function ended(app: string, result: UpdateResult, now: number): UpdateNotification | undefined {
  if (result.kind === "none" || result.kind === "held") return undefined;
  const { version, kind } = result;
  const told = tellEnd(result);
  return {
    id: idOf(app, kind, version, String(now)),
    version,
    ...told,
    actions: [{ label: "Dismiss", action: "dismiss" }],
    expiresAt: timestamp(now + lifetimeMs),
  };
}

function tellEnd(
  result: Exclude<UpdateResult, { kind: "none" | "held" }>,
): Pick<UpdateNotification, "type" | "title" | "description"> {
  const { version } = result;
  switch (result.kind) {
    case "completed":
      return {
        type: "info",
        title: `Version ${version} is installed`,
        description: result.from === undefined ? "It is healthy." : `It is healthy. Before it: ${result.from}.`,
      };
    case "rolled-back":
      return {
        type: "warning",
        title: `Version ${version} was taken back`,
        description: `${result.reason}${result.to === undefined ? "" : `. ${result.to} runs again and is healthy`}`,
      };
    case "failed":
      return { type: "warning", title: `The update to ${version} failed`, description: result.reason };
  }
}

/** A UUID by RFC 9562 section 5.8, from what the news is. */
function idOf(...news: string[]): string {
  const hex = createHash("sha256").update(news.join("\n")).digest("hex");
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}
