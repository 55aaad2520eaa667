import type { FactOf } from "./fact-of.ts";

/** What people set for a stage as a whole, or for all of them. */
export type StageFact =
  /** `until`: RFC 3339; absent: until it is thawed. */
  | FactOf<"StageFrozen", { readonly stage: string; readonly reason: string; readonly until?: string }>
  | FactOf<"StageThawed", { readonly stage: string }>
  /** Every stage, also those that come later. `until`: RFC 3339; absent: until it is thawed. */
  | FactOf<"ApplicationFrozen", { readonly reason: string; readonly until?: string }>
  /** The freezes of single stages stay. */
  | FactOf<"ApplicationThawed", Record<string, never>>
  /** Somebody promoted `version` by hand although `newer` was in line: nothing enters the stage by itself until that is lifted. */
  | FactOf<
      "AutoPromotionHeld",
      { readonly stage: string; readonly id: string; readonly version: string; readonly newer: string }
    >
  | FactOf<"AutoPromotionResumed", { readonly stage: string }>;
