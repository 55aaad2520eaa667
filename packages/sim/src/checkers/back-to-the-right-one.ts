import { Chronicle } from "../chronicle/chronicle.ts";
import { rightOne } from "../chronicle/way-back.ts";
import type { CheckerKind } from "./checker.ts";

/** A stage goes back to its last good release; a person may name any other that completed there. */
export const backToTheRightOne: CheckerKind = {
  guards: "a stage goes back to its last good release, and to none that was withdrawn or rolled back",
  create() {
    const told = new Chronicle();
    /** Person, stage and release that they named, as of each command so far. */
    const named = new Set<string>();
    let seen = 0;
    let seenAttempts = 0;
    return (world) => {
      for (const { command, actor } of world.given.slice(seen))
        if (command.type === "RollBack" && command.to !== undefined)
          named.add(`${actor} ${command.stage} ${command.to}`);
      seen = world.given.length;
      for (const { call } of world.api?.attempts.slice(seenAttempts) ?? []) {
        const { kind, stage, body } = call.ask;
        const to = (body as { readonly to?: string } | undefined)?.to;
        if (kind === "RollBack" && to !== undefined) named.add(`${call.grant?.name} ${stage} ${to}`);
      }
      seenAttempts = world.api?.attempts.length ?? 0;
      return told.readOn(world, ({ type, data, actor }) => {
        if (type !== "PromotionRolledBack") return undefined;
        const [version, to] = [String(data.version), data.to === null ? undefined : String(data.to)];
        const stage = told.stage(String(data.stage));
        if (to !== undefined && told.withdrawn.has(to)) return `${stage.name} goes back to ${to}, which was withdrawn`;
        if (to !== undefined && !stage.complete.has(to))
          return `${stage.name} goes back to ${to}, which is not good there`;
        const right = rightOne(told, stage, String(data.id), version);
        if (to === right) return undefined;
        const request = told.requests.get((data.request as { readonly id: string } | undefined)?.id ?? "");
        const isNamed = request === undefined ? named.has(`${actor} ${stage.name} ${to}`) : request.asked === to;
        if (data.cause === "manual" && to !== undefined && isNamed) return undefined;
        return `${stage.name} goes back from ${version} to ${to ?? "nothing"}, and ${right ?? "nothing"} is its last good release`;
      });
    };
  },
};
