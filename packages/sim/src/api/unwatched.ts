import type { HttpContext } from "@sluice/server/http/context.ts";

/** Metrics that nobody reads: the real ones watch the event loop by a timer of the machine's. */
export const nothingCounted: HttpContext["metrics"] = {
  updates: { observeDuration() {}, async refresh() {} },
  contentType: "text/plain",
  countRequest() {},
  text: async () => "",
};

const nothing = () => {};

/** A log that nobody reads: an answer that something failed is seen by itself. */
export const silent = {
  level: "silent",
  isLevelEnabled: () => false,
  child: () => silent,
  fatal: nothing,
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  trace: nothing,
  silent: nothing,
} as unknown as HttpContext["logger"];
