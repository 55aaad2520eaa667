import { Chronicle } from "../chronicle/chronicle.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

type Taken = World["taken"][number];

/** How a promotion stood after an event. */
type Standing = Pick<ToldPromotion, "way" | "halted"> & { readonly seq: number };

/** Who is told that a rollout was stopped, halted or goes on, although nothing became of it, found it so at some moment until then. */
export const steeredAsAsked: CheckerKind = {
  guards: "who pauses, halts or resumes a rollout is told that it is done only where it is",
  create() {
    const told = new Chronicle();
    /** Promotion → how it stood after each of its events, the first one first. */
    const standings = new Map<string, Standing[]>();
    let seen = 0;
    return (world) => {
      for (const event of world.log().slice(told.seq)) {
        told.hear(event);
        const promotion = told.promotions.get(String(event.data.id));
        if (promotion === undefined) continue;
        const { id, way, halted } = promotion;
        standings.set(id, [...(standings.get(id) ?? []), { way, halted, seq: event.seq }]);
      }
      const taken = world.taken.slice(seen);
      seen = world.taken.length;
      const wrong = taken.find((one) => one.events.length === 0 && !wasSo(standings, one));
      return wrong && `${wrong.actor} was told that it was done, and it is not so: ${JSON.stringify(wrong.command)}`;
    };
  },
};

/** Whether it stood as it was asked to at some moment since it was asked. */
function wasSo(standings: ReadonlyMap<string, readonly Standing[]>, { command, seq }: Taken): boolean {
  const is = asked(command.type);
  if (is === undefined || !("id" in command)) return true;
  const all = standings.get(command.id) ?? [];
  const first = all.findLastIndex((standing) => standing.seq <= seq);
  return all.slice(Math.max(0, first)).some((standing) => is(standing));
}

function asked(type: Taken["command"]["type"]): ((standing: Standing) => boolean) | undefined {
  if (type === "PausePromotion") return ({ way }) => way === "paused";
  if (type === "HaltRollout") return ({ halted }) => halted;
  return type === "ResumePromotion" ? ({ way }) => way === "active" : undefined;
}
