import type { SealedEvent } from "@sluice/core/log/event.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { CheckerKind } from "./checker.ts";

/** What follows from what targets are asked for, and asks for nothing. */
const answers: ReadonlySet<SealedEvent["type"]> = new Set([
  "TargetApplied",
  "TargetDeferred",
  "TargetFailed",
  "DriftFound",
  "DriftGone",
  "FeedsPublished",
]);

/** A target's result is of what its stage asks for at that moment: of the last event that changed who has what there. */
export const resultsOfWhatIsAsked: CheckerKind = {
  guards: "a result counts only for what was asked last, as derived anew from the log",
  create() {
    const told = new Chronicle();
    /** Stage → what its targets should have, and the event from which that follows. */
    const asked = new Map<string, { readonly content: string; readonly seq: number }>();
    let heard: SealedEvent | undefined;
    const askAnew = () => {
      if (heard === undefined || answers.has(heard.type)) return;
      for (const spec of told.stages) {
        const content = contentOf(told, spec.name);
        const before = asked.get(spec.name);
        const isNothing = content === nothing && before === undefined;
        if (outsideTargets(spec).length > 0 && !isNothing && before?.content !== content)
          asked.set(spec.name, { content, seq: heard.seq });
      }
    };
    return (world) => {
      const wrong = told.readOn(world, (event) => {
        askAnew();
        heard = event;
        const { type, data } = event;
        if (type !== "TargetApplied" && type !== "TargetFailed") return undefined;
        const should = asked.get(String(data.stage));
        if (data.asked !== should?.seq)
          return `${data.target} of ${data.stage} answers what event ${data.asked} asked, and event ${should?.seq} asked for something else`;
        if (type !== "TargetApplied") return undefined;
        const is = shown(data.main, data.trial);
        return is === should?.content ? undefined : `${data.target} has ${is}, and ${should?.content} is asked`;
      });
      return wrong;
    };
  },
};

const nothing = shown(null, undefined);

function contentOf(told: Chronicle, name: string): string {
  const stage = told.stage(name);
  const live = stage.live ?? null;
  const active = told.promotions.get(stage.active ?? "");
  if (active === undefined || (active.share === 0 && active.wave <= 1)) return shown(live, undefined);
  const { version, share, wave, waves } = active;
  if (share === 10_000 && wave === waves.length) return shown(version, undefined);
  return shown(live, { version, basisPoints: share });
}

function shown(main: unknown, trial: unknown): string {
  const { version, basisPoints } = (trial ?? {}) as { readonly version?: string; readonly basisPoints?: number };
  return version === undefined ? `${main}` : `${main}, and ${version} for ${basisPoints}`;
}
