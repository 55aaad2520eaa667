import type { CommandOf } from "./commands.ts";
import type { Transition } from "./transition.ts";

/** What people were told is put down once for each event that they were told of. */
export function recordTold(transition: Transition, { told }: CommandOf<"RecordTold">): undefined {
  const { state } = transition;
  if (told.about > state.toldUpTo && told.about <= state.seq) transition.add({ type: "PeopleTold", data: told });
}
