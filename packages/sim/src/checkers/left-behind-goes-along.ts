import type { SealedEvent } from "@sluice/core/log/event.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { leftBehind } from "../chronicle/left-behind.ts";
import type { CheckerKind } from "./checker.ts";

/** What has to follow an event, told with it at the same time. */
interface Owed {
  readonly stage: string;
  readonly versions: readonly string[];
  readonly at: string;
  readonly seq: number;
}

/**
 * Where somebody takes a whole stage back, or recalls what is live in it, releases that newer ones have overtaken on their way there go back as well,
 * so that nobody is forgotten with one. The same of the one release whose promotion somebody ends while it waits to be tried again. And what was left
 * behind is asked for again as soon as nothing newer is on its way.
 */
export const leftBehindGoesAlong: CheckerKind = {
  guards: "who takes a stage back forgets nobody who has a release that was left behind",
  create() {
    const told = new Chronicle();
    let owed: Owed | undefined;
    const overdue = () => {
      if (owed === undefined) return undefined;
      const { stage: name, versions, seq } = owed;
      owed = undefined;
      const stage = told.stage(name);
      const active = told.promotions.get(stage.active ?? "")?.version;
      const left = versions.find((version) => version !== active && !stage.away.has(version));
      return left && `event ${seq} takes ${name} back, and ${left} stays with those who have it`;
    };
    return (world) => {
      const wrong = told.readOn(world, (event) => {
        const { data, at, seq } = event;
        const late = owed !== undefined && at !== owed.at ? overdue() : undefined;
        const versions = leftBehindBy(told, event);
        if (versions.length > 0) owed = { stage: String(data.stage), versions, at, seq };
        return late;
      });
      // What a command leads to is stored together.
      return wrong ?? overdue() ?? forgotten(told);
    };
  },
};

/** The releases that have to go back with what an event takes back. The chronicle stands before it. */
function leftBehindBy(told: Chronicle, { type, data }: SealedEvent): string[] {
  const stage = told.stage(String(data.stage));
  if (type === "PromotionRolledBack" && (data.cause === "manual" || data.cause === "recalled")) {
    if (data.id !== stage.livePromotion) return [];
    return leftBehind(told, stage, data.to === null ? undefined : String(data.to), String(data.version));
  }
  const isWaiting = told.promotions.get(String(data.id))?.way === "waiting";
  if (type !== "PromotionAborted" || data.cause !== "manual" || !isWaiting) return [];
  return leftBehind(told, stage, stage.live).filter((version) => version === data.version);
}

/** A release that some clients have, that nobody takes back, and that nobody asks for although nothing newer is under way. */
function forgotten(told: Chronicle): string | undefined {
  const open = ["waiting", "active", "paused"];
  for (const { name } of told.stages) {
    const stage = told.stage(name);
    const active = told.promotions.get(stage.active ?? "")?.version;
    for (const version of leftBehind(told, stage, stage.live)) {
      if (active !== undefined && compareVersions(active, version) > 0) continue;
      const own = [...told.promotions.values()].filter((one) => one.stage === name && one.version === version);
      if (own.some(({ share }) => share > 0) && !own.some(({ way }) => open.includes(way)))
        return `clients of ${name} have ${version}, and it is neither taken back nor asked for again`;
    }
  }
  return undefined;
}
