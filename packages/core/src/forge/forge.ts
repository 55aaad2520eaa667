import { Map as ImmutableMap, OrderedMap } from "immutable";
import { unreachable } from "../errors/unreachable.ts";
import type { Millis } from "../time/instant.ts";

/** What source forges have said of an application: facts that promotions are asked for by. */
export interface Forge {
  /** By id: where deliveries may come from. */
  readonly hooks: OrderedMap<string, Hook>;
  /** By name: the tags that there are, with the full id of the commit where it is known. */
  readonly tags: OrderedMap<string, Mention>;
  /** By branch, by full commit id: what was merged, the latest last. */
  readonly merges: ImmutableMap<string, OrderedMap<string, Mention>>;
  /** The ids of the last deliveries, and the SHA-256 of their bodies, the latest last: none of them is taken again. */
  readonly deliveries: OrderedMap<string, true>;
}

interface Hook {
  readonly id: string;
  readonly kind: "github";
  /** `owner/name`, in lower case. */
  readonly repository: string;
  readonly at: Millis;
  readonly by: string;
}

interface Mention {
  readonly commit?: string;
  readonly at: Millis;
  readonly by: string;
}

/** Where a fact came from: the id that the forge gave the delivery, and the SHA-256 of its body. */
export type Delivery = { readonly delivery: string; readonly body: string; readonly repository: string };

type Of<Type extends string, Data> = { readonly type: Type; readonly data: Data };

export type ForgeFact =
  | Of<"HookCreated", { readonly id: string; readonly kind: "github"; readonly repository: string }>
  | Of<"HookRemoved", { readonly id: string; readonly repository: string }>
  | Of<"TagPushed", Delivery & { readonly tag: string; readonly commit?: string }>
  | Of<"TagDeleted", Delivery & { readonly tag: string }>
  /** `commit`: the head of the branch now. `others`: what came into the branch with it, as far as the forge tells. */
  | Of<
      "CommitMerged",
      Delivery & { readonly branch: string; readonly commit: string; readonly others: readonly string[] }
    >;

/** How many of each are remembered. Older deliveries could at most ask for releases that newer ones have overtaken. */
const remembered = { tags: 10_000, merges: 10_000, deliveries: 10_000 } as const;

export const initialForge: Forge = {
  hooks: OrderedMap(),
  tags: OrderedMap(),
  merges: ImmutableMap(),
  deliveries: OrderedMap(),
};

export function evolveForge(forge: Forge, fact: ForgeFact, { at, by }: { readonly at: Millis; readonly by: string }) {
  switch (fact.type) {
    case "HookCreated":
      return { ...forge, hooks: forge.hooks.set(fact.data.id, { ...fact.data, at, by }) };
    case "HookRemoved":
      return { ...forge, hooks: forge.hooks.delete(fact.data.id) };
    case "TagPushed": {
      // A forge may tell of one tag twice, once without its commit.
      const commit = fact.data.commit ?? forge.tags.get(fact.data.tag)?.commit;
      const mention = commit === undefined ? { at, by } : { commit, at, by };
      return remember({ ...forge, tags: latest(forge.tags, fact.data.tag, mention, remembered.tags) }, fact.data);
    }
    case "TagDeleted":
      return remember({ ...forge, tags: forge.tags.delete(fact.data.tag) }, fact.data);
    case "CommitMerged": {
      const { branch, commit, others } = fact.data;
      let known = forge.merges.get(branch) ?? OrderedMap<string, Mention>();
      for (const one of [...others, commit]) known = latest(known, one, { commit: one, at, by }, remembered.merges);
      return remember({ ...forge, merges: forge.merges.set(branch, known) }, fact.data);
    }
    default:
      return unreachable(fact);
  }
}

function remember(forge: Forge, { delivery, body }: Delivery): Forge {
  const both = latest(forge.deliveries, delivery, true, remembered.deliveries);
  return { ...forge, deliveries: latest(both, body, true, remembered.deliveries) };
}

function latest<Value>(map: OrderedMap<string, Value>, key: string, value: Value, most: number) {
  const next = map.delete(key).set(key, value);
  return next.size > most ? next.rest() : next;
}
