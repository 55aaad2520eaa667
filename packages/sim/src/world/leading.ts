import type { Prober } from "@sluice/server/checklist/prober.ts";
import type { Controller } from "@sluice/server/controller/controller.ts";
import { Leadership } from "@sluice/server/controller/lease.ts";
import type { EventStore } from "@sluice/server/log/store.ts";
import type { NodeClock } from "./node-clock.ts";
import { SlowClock } from "./slow-clock.ts";

/** Leases last an hour rather than ten seconds. */
export const leaseFactor = 360;
/** How often a server that leads looks at what others have let in and heard, in ms. */
const followMs = 1_800_000;

/** What a server does while it leads. */
interface Work {
  readonly app: string;
  readonly events: EventStore;
  readonly clock: NodeClock;
  readonly controller: Controller;
  /** What asks the world outside; undefined where nobody does. */
  readonly prober: Prober | undefined;
  readonly failed: (app: string, error: unknown) => void;
}

/** Begins what a server does that leads. */
export function begin({ controller, prober }: Pick<Work, "controller" | "prober">): void {
  controller.start();
  prober?.start();
}

/** A server that does its work for as long as it holds the lease. */
export function leading({
  app,
  events,
  clock,
  controller,
  prober,
  failed,
  holder,
}: Work & { holder: string }): Leadership {
  const leadership = new Leadership({
    events,
    clock: new SlowClock(clock, leaseFactor),
    holder,
    start: () => begin({ controller, prober }),
    stop: async () => {
      await Promise.all([controller.stop(), prober?.stop()]);
    },
    failed: (error) => failed(app, error),
  });
  const follow = () => {
    if (leadership.leads) controller.wake(app);
    clock.wakeAt(clock.now() + followMs, follow);
  };
  follow();
  return leadership;
}
