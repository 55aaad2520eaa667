import { nextCheckDelay } from "../check/interval.ts";
import { ServerUnreachable } from "../errors.ts";
import type { Offered } from "../events.ts";
import { timestamp } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import type { News } from "../status.ts";
import type { Care, Updater } from "../updater.ts";
import { chanceAt } from "./chance.ts";
import { type Consent, consentTo, type Policy } from "./consent.ts";
import { isInProgress, noteOf, noteOfFailure } from "./note.ts";

/** When an agent checks, and what it may install. */
export interface Schedule extends Policy {
  readonly intervalMs: number;
  /** Whether somebody chose the interval; otherwise the server may set another. */
  readonly explicitInterval: boolean;
}

/** Checks for ever, and installs what the schedule's policy allows, until the signal is aborted. Never throws otherwise. */
export async function checkRegularly(options: {
  readonly updater: Updater;
  readonly care: Care;
  readonly schedule: Schedule;
  readonly ports: Ports;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { updater, care, schedule, ports, log, signal } = options;
  let failures = 0;
  let retryAfterMs: number | undefined;
  let serverSeconds: number | undefined;
  let note: News = {};
  let lastSaid = "";
  while (!signal.aborted) {
    let consent: Consent | undefined;
    try {
      const visit = await updater.visit(async (offer: Offered) => {
        consent = consentTo(offer, schedule, await updater.choicesFor(offer.deadline?.of), ports.clock.now());
        return consent.given || consent;
      }, signal);
      failures = 0;
      retryAfterMs = undefined;
      serverSeconds = visit.nextCheckSeconds;
      const waits = consent?.given === false ? { waiting: consent.why } : {};
      note = { ...noteOf(visit.result, ports.clock.now()), ...waits };
      // Reasons tell how long they still hold, so only the kind of news counts as news.
      const said = `${visit.result.kind} ${note.lastCheck?.version} ${note.waiting === undefined}`;
      if (said !== lastSaid) sayCheck(log, note);
      lastSaid = said;
    } catch (error) {
      if (signal.aborted) return;
      // Somebody asked for an update at this moment: nothing failed.
      if (!isInProgress(error)) failures += 1;
      retryAfterMs = error instanceof ServerUnreachable ? error.retryAfterMs : undefined;
      note = noteOfFailure(error, ports.clock.now());
      const why = note.lastCheck?.reason ?? "";
      if (why !== lastSaid) log.warn("The check failed", { why });
      lastSaid = why;
    }
    await care.ensureRunning().catch((error: unknown) => {
      if (!isInProgress(error)) log.error("The program could not be started", { why: String(error) });
    });
    const delayMs = delayFor(consent, options, { failures, retryAfterMs, serverSeconds });
    await updater.note({ ...note, nextCheckAt: timestamp(ports.clock.now() + delayMs) });
    await sleepUntil("chosen", updater, ports, delayMs, signal);
  }
}

/** Sleeps, but no longer than until something happens: a person says what shall become of an update, or a check is answered. */
async function sleepUntil(
  event: "chosen" | "found",
  { events }: Updater,
  ports: Ports,
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  const happened = new AbortController();
  const onEvent = () => happened.abort();
  events.once(event, onEvent);
  await ports.clock.sleep(delayMs, AbortSignal.any([signal, happened.signal])).catch(() => undefined);
  events.off(event, onEvent);
}

function delayFor(
  consent: Consent | undefined,
  { schedule, ports }: { readonly schedule: Schedule; readonly ports: Ports },
  last: {
    readonly failures: number;
    readonly retryAfterMs: number | undefined;
    readonly serverSeconds: number | undefined;
  },
): number {
  const regular = nextCheckDelay(
    { intervalMs: schedule.intervalMs, explicit: schedule.explicitInterval, ...last },
    ports.random(),
  );
  const chance = consent === undefined || consent.given ? undefined : chanceAt(consent, schedule, ports.random());
  return chance === undefined ? regular : Math.min(regular, chance - ports.clock.now());
}

function sayCheck(log: Log, { lastCheck, waiting }: News): void {
  if (waiting !== undefined) log.info("An update is on offer and waits", { version: lastCheck?.version, why: waiting });
  else if (lastCheck?.kind === "none") log.info("Nothing to install", { why: lastCheck.reason });
  else if (lastCheck?.kind === "held")
    log.warn("An update is on offer and not tried", { version: lastCheck.version, why: lastCheck.reason });
}

/**
 * Sends reports as they come, until the signal is aborted. While the server does not take them, they are sent again later, or as soon
 * as it answers a check: rollouts wait for what clients say. What it asked for itself is not undercut.
 */
export async function sendRegularly(updater: Updater, ports: Ports, signal: AbortSignal): Promise<void> {
  let news = Promise.withResolvers<void>();
  const onReport = () => news.resolve();
  updater.events.on("report", onReport);
  signal.addEventListener("abort", onReport, { once: true });
  try {
    while (!signal.aborted) {
      news = Promise.withResolvers();
      const sent = await updater.sendReports(signal).catch(() => false);
      if (signal.aborted) return;
      if (sent) await news.promise;
      else {
        const { ms, asked } = updater.reportDelay();
        if (asked) await ports.clock.sleep(ms, signal).catch(() => undefined);
        else await sleepUntil("found", updater, ports, ms, signal);
      }
    }
  } finally {
    updater.events.off("report", onReport);
  }
}
