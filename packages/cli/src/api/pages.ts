import { emptyHead, type Head } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Deployment } from "@sluice/core/views/history.ts";
import { type Api, apiPath } from "./api.ts";
import type { EventsPage, ReleaseSummary } from "./shapes.ts";

const eventsPerPage = 1_000;
const rowsPerPage = 100;

/** A whole log, page by page; its end is the head that the first page names or later. */
export async function* logPages(
  api: Api,
  path: string,
  after = emptyHead.seq,
): AsyncGenerator<readonly SealedEvent[], Head> {
  let head: Head = emptyHead;
  for (let seq = after; ; ) {
    const page: EventsPage = await api.get<EventsPage>(path, { after: seq, limit: eventsPerPage });
    head = page.head;
    const last = page.events.at(-1);
    if (last === undefined) return head;
    yield page.events;
    if (last.seq <= seq) return head;
    seq = last.seq;
  }
}

/** Where an application's log is read; `_server` is the one for what belongs to no application. */
export function logPath(app: string): string {
  return app === "_server" ? apiPath("server", "events") : apiPath("apps", app, "events");
}

/** Every deployment that matches, newest first. */
export async function allDeployments(
  api: Api,
  app: string,
  filter: { readonly stage?: string; readonly version?: string },
): Promise<Deployment[]> {
  const all: Deployment[] = [];
  for (;;) {
    const { deployments, total } = await api.get<{ deployments: Deployment[]; total: number }>(
      apiPath("apps", app, "history"),
      {
        stage: filter.stage,
        version: filter.version,
        limit: rowsPerPage,
        offset: all.length,
      },
    );
    all.push(...deployments);
    if (deployments.length === 0 || all.length >= total) return all;
  }
}

/** Every release, newest first. */
export async function allReleases(api: Api, app: string): Promise<ReleaseSummary[]> {
  const all: ReleaseSummary[] = [];
  for (let after: string | undefined; ; ) {
    const page: { releases: ReleaseSummary[]; next?: string } = await api.get(apiPath("apps", app, "releases"), {
      limit: rowsPerPage,
      after,
    });
    all.push(...page.releases);
    if (page.next === undefined || page.releases.length === 0) return all;
    after = page.next;
  }
}
