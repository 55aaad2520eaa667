import { accessStream } from "@sluice/core/access/tokens.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import type { Leadership } from "./controller/lease.ts";
import type { Readiness } from "./http/context.ts";

/** How long the store is given to answer, in ms. */
const patienceMs = 2_000;
/** By how much a clock may be behind before anybody is told, in ms. */
const noticeableMs = 60_000;

/** Tells whether a server can do its work; once it is shutting down it cannot. */
export function readinessOf(
  plane: ControlPlane,
  leadership: Leadership,
): { check(): Promise<Readiness>; shutDown(): void } {
  let isShuttingDown = false;
  return {
    shutDown() {
      isShuttingDown = true;
    },
    async check() {
      const store = await askStore(plane);
      const checks = {
        store,
        controller: leadership.leads ? "leads" : "stands by",
        clock: clockOf(plane),
        server: isShuttingDown ? "is shutting down" : "takes requests",
      };
      return { ready: store === "answers" && !isShuttingDown, checks };
    },
  };
}

/** Time in the logs never runs backwards: a clock that was set back, or ran ahead before, makes it stand still for so long. */
function clockOf(plane: ControlPlane): string {
  const now = plane.clock.now();
  const ahead = plane.apps().reduce((most, app) => Math.max(most, plane.now(app) - now), 0);
  return ahead < noticeableMs
    ? "keeps time"
    : `is ${formatDuration(ahead)} behind what the logs say: time stands still until it has caught up`;
}

async function askStore(plane: ControlPlane): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, patienceMs, "does not answer");
  });
  try {
    const head = plane.head(accessStream)?.seq ?? 0;
    return await Promise.race([plane.events.read(accessStream, head, 1).then(() => "answers"), silence]);
  } catch {
    return "cannot be used";
  } finally {
    clearTimeout(timer);
  }
}
