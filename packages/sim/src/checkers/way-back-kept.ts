import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Stage } from "@sluice/core/pipeline/schema.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { nextShareBack, onTheWayBack } from "../chronicle/staged-ways-back.ts";
import type { CheckerKind } from "./checker.ts";

/** A staged way back goes by the shares of the rollout, or by quarters; each is held for its time, and until everybody has asked, from its publication. */
export const wayBackKept: CheckerKind = {
  guards: "a staged way back goes share by share, each held for its time from its publication",
  create() {
    const told = new Chronicle();
    /** The orders of clients of ways back so far, and the event that had each last. */
    const orders = new Map<string, number>();
    return (world) =>
      told.readOn(world, (event) => {
        if (event.type === "PromotionRolledBack" && event.data.staged !== undefined) {
          const { salt } = event.data.staged as { readonly salt: string };
          const before = orders.get(salt) ?? event.seq - 1;
          orders.set(salt, event.seq);
          // One rollback may take several releases back, event by event.
          if (before !== event.seq - 1) return "who went back first before does again";
          return wrongPlan(told, event);
        }
        return event.type === "WayBackRaised" ? wrongShare(told, event) : undefined;
      });
  },
};

function wrongPlan(told: Chronicle, { data }: SealedEvent): string | undefined {
  const { steps } = data.staged as { readonly steps: readonly { readonly to: number; readonly afterMs: number }[] };
  const spec = told.spec(String(data.stage));
  const shares = spec === undefined ? [] : sharesOf(spec.rollout);
  const is = steps.map(({ to }) => to).join();
  if (is !== shares.join()) return `it goes by ${is}, and the rollout by ${shares.join()}`;
  const hasty = steps.find(
    ({ to, afterMs }, i) => i > 0 && afterMs < Math.max(told.checkEveryMs, holdOf(spec, steps[i - 1]?.to ?? to)),
  );
  return hasty && `${hasty.to} follows after ${hasty.afterMs} ms`;
}

/** In basis points. A ramp takes steps of at least one percent. */
function sharesOf({ steps, linear }: Stage["rollout"]): number[] {
  if (linear !== undefined && linear.by < 10_000) {
    const by = linear.by >= 100 ? linear.by : linear.by * Math.ceil(100 / linear.by);
    return Array.from({ length: Math.ceil(10_000 / by) }, (_, i) => Math.min(10_000, by * (i + 1)));
  }
  const shares = steps?.map(({ to }) => to) ?? [];
  return shares.length > 1 ? shares : [2_500, 5_000, 7_500, 10_000];
}

function holdOf(spec: Stage | undefined, share: number): number {
  const { steps, linear } = spec?.rollout ?? {};
  return linear?.every ?? steps?.find(({ to }) => to === share)?.hold ?? 0;
}

function wrongShare(told: Chronicle, { data, at }: SealedEvent): string | undefined {
  const stage = told.stage(String(data.stage));
  const { wayBack } = stage;
  if (wayBack === undefined) return `nobody is on the way back in ${stage.name}`;
  if (data.from !== wayBack.share) return `it is at ${wayBack.share}, not at ${data.from}`;
  const next = nextShareBack(stage);
  if (next === undefined) return `${wayBack.share} is not published`;
  if (data.to !== next.to) return `${next.to} follows on ${data.from}, not ${data.to}`;
  if (fromRfc3339(at) < next.at) return `${data.from} is to be held for ${next.at - fromRfc3339(at)} ms more`;
  const [is, should] = [(data.versions as readonly string[]).toSorted(), onTheWayBack(stage, told.withdrawn).sort()];
  return is.join() === should.join() ? undefined : `it is about ${is.join()}, and on the way back are ${should.join()}`;
}
