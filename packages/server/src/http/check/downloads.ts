import type { StageDownloads } from "@sluice/core/pipeline/schema.ts";

interface Lease {
  readonly version: string;
  /** ms since the epoch */
  readonly until: number;
}

/**
 * Who downloads at the moment, by stage: at most so many as the stage allows. Kept in this node's memory alone. It spares a network, and keeps nobody
 * from harm, so what a restart forgets costs a burst at worst, while writing each start and end down would cost every check a disk.
 */
export class Downloads {
  readonly #stages = new Map<string, Map<string, Lease>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Whether a client may begin to download a version, or go on. Its place is kept until it says how it went, or for so long as the stage
   * says after it asked last.
   * @param client its id, or what else tells it from others
   */
  begin(app: string, channel: string, client: string, version: string, limit: StageDownloads): boolean {
    const now = this.#now();
    const leases = this.#current(app, channel, now);
    const own = leases.get(client);
    if (own === undefined && leases.size >= limit["at-most"]) return false;
    // Written anew, so that those that end first stand first.
    leases.delete(client);
    leases.set(client, { version, until: now + limit.for });
    return true;
  }

  /** A client has no use for its place any more. @param version absent: whatever it was to download */
  end(app: string, channel: string, client: string, version?: string): void {
    const leases = this.#stages.get(keyOf(app, channel));
    const own = leases?.get(client);
    if (own !== undefined && (version === undefined || own.version === version)) leases?.delete(client);
  }

  /** How many clients of each stage download at the moment, as far as known. */
  counts(): { readonly app: string; readonly channel: string; readonly clients: number }[] {
    return [...this.#stages.keys()].map((key) => {
      const [app = "", channel = ""] = key.split("\n");
      return { app, channel, clients: this.#current(app, channel, this.#now()).size };
    });
  }

  #current(app: string, channel: string, now: number): Map<string, Lease> {
    const key = keyOf(app, channel);
    const leases = this.#stages.get(key) ?? new Map<string, Lease>();
    this.#stages.set(key, leases);
    for (const [client, { until }] of leases) {
      if (until > now) break;
      leases.delete(client);
    }
    return leases;
  }
}

function keyOf(app: string, channel: string): string {
  return `${app}\n${channel}`;
}
