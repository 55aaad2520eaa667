import type { Prober } from "@sluice/server/checklist/prober.ts";
import type { Controller } from "@sluice/server/controller/controller.ts";
import { Leadership } from "@sluice/server/controller/lease.ts";
import type { EventStore } from "@sluice/server/log/store.ts";
import type { Notifier } from "@sluice/server/notifications/notifier.ts";
import type { NodeClock } from "./node-clock.ts";
import { SlowClock } from "./slow-clock.ts";

/** Leases last an hour rather than ten seconds. */
export const leaseFactor = 360;
/** How often a server that leads looks at what others have let in and heard, in ms. */
const followMs = 1_800_000;

/** What a server does while it leads. */
export interface Work {
  readonly controller: Controller;
  /** Tells people of what happens. */
  readonly notifier: Notifier;
  /** What asks the world outside; undefined where nobody does. */
  readonly prober: Prober | undefined;
}

/** Begins what a server does that leads. */
export function begin({ controller, notifier, prober }: Work): void {
  controller.start();
  notifier.start();
  prober?.start();
}

/** Ends it. */
export async function stop({ controller, notifier, prober }: Work): Promise<void> {
  await Promise.all([controller.stop(), notifier.stop(), prober?.stop()]);
}

/** Where a server leads. */
interface Place {
  readonly app: string;
  readonly events: EventStore;
  readonly clock: NodeClock;
  readonly holder: string;
  /** Is told when it comes to lead. */
  readonly leads: () => void;
  readonly failed: (app: string, error: unknown) => void;
}

/** A server that does its work for as long as it holds the lease. */
export function leading(work: Work, { app, events, clock, holder, leads, failed }: Place): Leadership {
  const leadership = new Leadership({
    events,
    clock: new SlowClock(clock, leaseFactor),
    holder,
    start: () => {
      leads();
      begin(work);
    },
    stop: () => stop(work),
    failed: (error) => failed(app, error),
  });
  const follow = () => {
    if (leadership.leads) work.controller.wake(app);
    clock.wakeAt(clock.now() + followMs, follow);
  };
  follow();
  return leadership;
}
