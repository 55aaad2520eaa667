import type { CheckerKind } from "./checker.ts";

/** A client that asks again gets the same answer and spends nothing: it is let in to a rollout once, unless it puts the update off, as only machines do. */
export const letInOnce: CheckerKind = {
  guards: "each client is let in to a rollout once, however often it asks",
  create() {
    let seen = 0;
    const letIn = new Set<string>();
    return (world, _, machines) => {
      const putOff = new Set(machines.all.map(({ id }) => id));
      for (const { promotion, client } of world.admissions.slice(seen)) {
        const key = `${promotion} ${client}`;
        if (letIn.has(key) && !putOff.has(client)) return `${client} was let in to ${promotion} again`;
        letIn.add(key);
      }
      seen = world.admissions.length;
      return undefined;
    };
  },
};
