import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import { apiPath } from "../api/api.ts";
import { followEvents } from "../api/follow.ts";
import type { ReportView } from "../api/shapes.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Style } from "../output/style.ts";
import { publishRelease } from "../publish/publish.ts";
import { lastWords } from "./agent.ts";
import type { Cast } from "./cast.ts";
import { untilEverywhere } from "./fleet.ts";
import { releases } from "./fleet-plan.ts";
import { liveTable } from "./live-table.ts";
import { layOutRelease } from "./software.ts";
import type { Story } from "./story.ts";
import { patiently, waitFor } from "./wait.ts";

/** What was seen while the story was told. */
export interface Witnessed {
  readonly events: readonly SealedEvent[];
  /** Agents that were offered the bad release after it had been rolled back. */
  readonly offeredAgain: readonly string[];
}

interface Stage {
  readonly story: Story;
  readonly style: Style;
  readonly signal: AbortSignal;
}

/** Longest that a release may take to get everywhere, in ms: far beyond what it takes, also on a slow machine. */
const patienceMs = 240_000;

/** How long it is watched that the bad release does not come back: several checks of every agent, in ms. */
const watchMs = 4_000;

/** Plays the story: three releases, one after the other. */
export async function play(cast: Cast, { story, style, signal }: Stage): Promise<Witnessed> {
  const done = new AbortController();
  const both = AbortSignal.any([signal, done.signal]);
  const events: SealedEvent[] = [];
  const chorus = Promise.all([
    listen(cast, story, events, both),
    draw(cast, story, style, both),
    watchProcesses(cast, both),
  ]);
  const act = async (): Promise<Witnessed> => {
    for (const version of [releases.first, releases.good]) {
      await publish(cast, version, story, signal);
      await untilEverywhere(cast.fleet, version, signal, patienceMs);
      await untilSettled(cast, version, signal);
      story.tell(`${version} runs on all ${cast.fleet.agents.length} agents`, "good");
    }
    await publish(cast, releases.bad, story, signal);
    await untilRolledBack(events, signal);
    await tellHarm(cast, story, signal);
    await untilEverywhere(cast.fleet, releases.good, signal, patienceMs);
    story.tell(
      `${releases.good} runs on all ${cast.fleet.agents.length} agents; watching that ${releases.bad} does not come back`,
    );
    const offeredAgain = await watchOffers(cast, signal);
    return { events, offeredAgain };
  };
  try {
    // The chorus ends before the act only by failing.
    return await Promise.race([act(), chorus.then(() => Promise.reject(new Error("the story was interrupted")))]);
  } finally {
    done.abort();
    await chorus.catch(() => undefined);
  }
}

/** What the demo releases is files. */
const noImages = (reference: string) => Promise.reject(new Error(`the demo has no image ${reference}`));

async function publish(cast: Cast, version: string, story: Story, signal: AbortSignal): Promise<void> {
  const folder = join(cast.folder, "builds", version);
  const components = await layOutRelease(version, folder);
  const broken =
    version === releases.bad ? ", sabotaged: it dies when it is run, and until then everything about it is right" : "";
  story.tell(`Publishing ${cast.app} ${version}${broken}`);
  await patiently(
    () => publishRelease(cast.api, { app: cast.app, release: { version }, components, cwd: folder, image: noImages }),
    signal,
  );
}

/** The last stage's promotion is complete, too: agents may be ahead of the log by a moment. */
async function untilSettled({ api, app }: Cast, version: string, signal: AbortSignal): Promise<void> {
  await waitFor(
    `${version} to be live in every stage`,
    async () => {
      const { stages } = await patiently(() => api.get<StatusView>(apiPath("apps", app, "status")), signal);
      return stages.every(({ live }) => live?.version === version) ? true : undefined;
    },
    { withinMs: patienceMs, signal, everyMs: 300 },
  );
}

async function untilRolledBack(events: readonly SealedEvent[], signal: AbortSignal): Promise<void> {
  await waitFor(
    `${releases.bad} to be rolled back`,
    () => events.find(({ type, data }) => type === "PromotionRolledBack" && data.version === releases.bad),
    { withinMs: patienceMs, signal },
  );
}

/** What the agents said who met the bad release. */
async function tellHarm({ api, app }: Cast, story: Story, signal: AbortSignal): Promise<void> {
  const path = apiPath("apps", app, "reports");
  const { reports } = await patiently(
    () => api.get<{ reports: readonly ReportView[] }>(path, { version: releases.bad }),
    signal,
  );
  for (const { clientId, status, details } of reports)
    if (status === "rolled-back" || status === "failed")
      story.tell(`${clientId} went back by itself: ${details?.reason ?? status}`, "bad");
}

/** Asks as every agent of the first stage does. @returns who was offered the bad release */
async function watchOffers({ api, app, fleet }: Cast, signal: AbortSignal): Promise<string[]> {
  const offered = new Set<string>();
  for (const deadline = performance.now() + watchMs; performance.now() < deadline; ) {
    for (const { id, stage } of fleet.agents) {
      const headers = {
        "x-app": app,
        "x-channel": stage,
        "x-client-id": id,
        "x-current-version": releases.good,
        "x-platform": `${process.platform}-${process.arch}`,
      };
      const answer = await patiently(() => api.checkUpdate(headers), signal);
      if (answer.updateAvailable) offered.add(id);
    }
    await delay(500, undefined, { signal });
  }
  return [...offered];
}

async function listen({ api, app }: Cast, story: Story, events: SealedEvent[], signal: AbortSignal): Promise<void> {
  let wasLost = false;
  const onConnection = (isThere: boolean) => {
    if (isThere && wasLost) story.tell("The server is back", "quiet");
    else if (!isThere && !wasLost && !signal.aborted) story.tell("The server does not answer", "quiet");
    wasLost = !isThere;
  };
  for await (const event of followEvents(api, app, { after: 0, signal, onConnection })) {
    events.push(event);
    story.event(event);
    if (event.type === "PromotionRolledBack" && event.data.version !== releases.bad)
      throw new Failure(
        exitCodes.failed,
        "DEMO_FAILED",
        `${event.data.version} is a good release, but it was rolled back: ${event.data.reason}`,
      );
  }
}

async function draw({ api, app, fleet }: Cast, story: Story, style: Style, signal: AbortSignal): Promise<void> {
  if (!story.isLive) return await untilAborted(signal);
  while (!signal.aborted) {
    const [status, seen] = await Promise.all([
      api.get<StatusView>(apiPath("apps", app, "status")).catch(() => undefined),
      fleet.observe(),
    ]);
    if (status !== undefined) story.table(liveTable(status, seen, style));
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

/** A process that ends by itself ends the story at once, with what it said last. */
async function watchProcesses({ server, fleet }: Cast, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    server.assertAlive();
    for (const agent of fleet.agents) {
      const end = agent.ended();
      if (end !== undefined)
        throw new Failure(exitCodes.failed, "DEMO_FAILED", `Agent ${agent.id} ${end}:\n${await lastWords(agent)}`);
    }
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
