import { TargetFailure } from "./failure.ts";
import type { Order } from "./target.ts";

/**
 * For a target that cannot take a release away, only put another in its place: the stage is to go back, and nothing that was put
 * there by it before is known. So what leaves stays, and nobody may believe that it went.
 * @param what where it stays, with what could be done: for a person
 */
export function nothingBefore({ leaving }: Pick<Order, "leaving">, what: string): TargetFailure {
  return new TargetFailure(
    `there is no release to go back to, so ${leaving?.version ?? "what is there"} stays ${what}`,
    {
      retryable: false,
    },
  );
}
