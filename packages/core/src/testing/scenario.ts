import { expect } from "vitest";
import type { ApplicationCommand } from "../application/commands.ts";
import type { Decision } from "../application/decide.ts";
import type { ApplicationFact, ApplicationFactType } from "../application/events.ts";
import type { RejectionCode } from "../errors/codes.ts";
import { isRejection } from "../errors/rejection.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import { perform, type Step } from "./steps.ts";
import { World } from "./world.ts";

type DataOf<Type extends ApplicationFactType> = Extract<ApplicationFact, { type: Type }>["data"];
type Expected = { readonly type: ApplicationFactType; readonly data: object };

/** A fact that a test expects: its type, and what matters of its data. */
export function fact<Type extends ApplicationFactType>(type: Type, data: Partial<DataOf<Type>> = {}): Expected {
  return { type, data };
}

/** `given(pipeline, ...steps).when(command).thenFacts(...)`: what follows from a command in a world with a past. */
export function given(pipeline: Pipeline | undefined, ...steps: readonly Step[]) {
  const world = new World(pipeline);
  for (const step of steps) perform(world, step);
  return {
    world,
    when(command: ApplicationCommand, actor = "alice") {
      return outcome(world, world.take(command, actor));
    },
  };
}

function outcome(world: World, decision: Decision) {
  return {
    world,
    /** Exactly these facts happen, in this order. */
    thenFacts(...expected: readonly Expected[]): void {
      expect(isRejection(decision) ? decision : decision.facts).toMatchObject(expected);
    },
    thenNothing(): void {
      expect(isRejection(decision) ? decision : decision.facts).toEqual([]);
    },
    /** The command is refused, with a message that says so, and nothing has changed. */
    thenRejected(code: RejectionCode, message: RegExp, nearest?: readonly string[]): void {
      const expected = { rejected: true, code, message: expect.stringMatching(message) };
      expect(decision).toEqual(nearest === undefined ? expected : { ...expected, nearest });
    },
  };
}
