import type { Fact } from "../../log/event.ts";

/** A fact of one type, with what it says. */
export type FactOf<Type extends string, Data extends Fact["data"]> = { readonly type: Type; readonly data: Data };
