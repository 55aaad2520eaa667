import type { CommandOf } from "../application/commands.ts";
import { stagesOf } from "../application/context.ts";
import type { Transition } from "../application/transition.ts";
import { nearestNames } from "../errors/nearest.ts";
import { type Rejection, reject } from "../errors/rejection.ts";
import { tagMatches } from "../gates/promote-on/pattern.ts";

/** How many commits that came with one merge are written down: the latest. Releases are built from few of them. */
const othersMax = 100;

/** Hooks of one application: enough for several repositories, and for two secrets while one is replaced. */
const hooksMax = 20;

export function createHook(
  transition: Transition,
  { id, kind, repository }: CommandOf<"CreateHook">,
): Rejection | undefined {
  const { app, forge } = transition.state;
  if (forge.hooks.size >= hooksMax)
    return reject("HOOK_LIMIT", `${app} has ${hooksMax} hooks already. Remove one first: sluice hook remove ID`);
  transition.add({ type: "HookCreated", data: { id, kind, repository: repository.toLowerCase() } });
  return undefined;
}

export function removeHook(transition: Transition, { id }: CommandOf<"RemoveHook">): Rejection | undefined {
  const { app, forge } = transition.state;
  const hook = forge.hooks.get(id);
  if (hook === undefined)
    return reject("HOOK_NOT_FOUND", `${app} has no hook "${id}".`, nearestNames(id, forge.hooks.keys()));
  transition.add({ type: "HookRemoved", data: { id, repository: hook.repository } });
  return undefined;
}

/**
 * Takes what a forge tells of, once. What no stage asks about and nothing subscribes to leaves no trace. Nothing is promoted by
 * it: it is what a stage's `promote-on` looks at.
 */
export function recordForgeChange(
  transition: Transition,
  { change, delivery, body, repository }: CommandOf<"RecordForgeChange">,
): Rejection | undefined {
  const { forge } = transition.state;
  if (forge.deliveries.has(delivery) || forge.deliveries.has(body))
    return reject("DELIVERY_REPLAYED", `Delivery ${delivery} was taken before, and is not taken again.`);
  const from = { delivery, body, repository };
  const rules = stagesOf(transition.state).flatMap((stage) => stage["promote-on"] ?? []);
  // A tag of what the pipeline subscribes to is looked at at once.
  const subscribed = (transition.state.pipeline?.pipeline.discover?.subscriptions ?? []).flatMap(
    ({ git }) => git?.tag.replace("{version}", "*") ?? [],
  );
  switch (change.kind) {
    case "tag": {
      const { tag, commit } = change;
      const known = forge.tags.get(tag);
      if (known !== undefined && (commit === undefined || known.commit === commit)) return undefined;
      const meant = [...rules.flatMap((rule) => rule.tag ?? []), ...subscribed];
      if (meant.some((pattern) => tagMatches(pattern, tag)))
        transition.add({ type: "TagPushed", data: { ...from, tag, ...(commit === undefined ? {} : { commit }) } });
      return undefined;
    }
    case "tag-deleted":
      if (forge.tags.has(change.tag)) transition.add({ type: "TagDeleted", data: { ...from, tag: change.tag } });
      return undefined;
    case "merge": {
      const { branch, commit, others = [] } = change;
      const known = forge.merges.get(branch);
      const fresh = others.filter((one) => one !== commit && known?.has(one) !== true).slice(-othersMax);
      if (known?.has(commit) === true && fresh.length === 0) return undefined;
      if (rules.some((rule) => rule.merge === branch))
        transition.add({ type: "CommitMerged", data: { ...from, branch, commit, others: fresh } });
      return undefined;
    }
  }
}
