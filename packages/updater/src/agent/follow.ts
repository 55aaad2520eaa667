import type { Log } from "../ports/log.ts";
import type { Updater } from "../updater.ts";
import { sayProgress } from "./say.ts";

/** A download is spoken of each time that it has come so much further, as a share, but no more often than this, ms. */
const step = 0.1;
const leastMs = 2_000;

/** Lets the log follow what an updater does: each state of an update, and how far its downloads are. */
export function followInLog({ events }: Updater, log: Log, now: () => number): void {
  let said = { component: "", bytes: 0, atMs: now() };
  events.on("state", ({ name, version }) => {
    if (name !== "idle" && name !== "checking") log.info(name, { version });
    said = { component: "", bytes: 0, atMs: now() };
  });
  events.on("progress", (progress) => {
    const { component, bytes, total } = progress;
    const since = component === said.component ? bytes - said.bytes : bytes;
    if (since < total * step || now() - said.atMs < leastMs) return;
    said = { component, bytes, atMs: now() };
    log.info("downloading", { what: sayProgress(progress) });
  });
}
