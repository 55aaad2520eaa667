import { earliestOpening } from "../application/next-due.ts";
import type { Promotion } from "../application/state.ts";
import { binding } from "../gates/binding.ts";
import { type GateContext, passes } from "../gates/gate.ts";
import { evaluateGates } from "../gates/registry.ts";
import type { Millis } from "../time/instant.ts";

/** How often a moment is looked at again before nobody is told one: gates that never agree. */
const triesMax = 100;

/**
 * The first moment after now at which all gates of a release that waits are open together, as things stand; undefined when they
 * are open now, or when time alone does not open them. A window that is open now may be closed when a soak ends, so each moment
 * is looked at again.
 */
export function firstOpening(
  context: GateContext,
  promotion: Pick<Promotion, "override"> | undefined,
): Millis | undefined {
  let at = context.now;
  for (let tries = 0; tries < triesMax; tries++) {
    const gates = binding(evaluateGates({ ...context, now: at }), promotion);
    if (passes(gates)) return at > context.now ? at : undefined;
    const next = earliestOpening(gates);
    if (next === undefined || next <= at) return undefined;
    at = next;
  }
  return undefined;
}

/**
 * The first moment after now at which every gate is open that time alone opens, if people do at once what the others ask for;
 * undefined when time closes none now, or nobody knows until when.
 */
export function notBefore(
  context: GateContext,
  promotion: Pick<Promotion, "override"> | undefined,
): Millis | undefined {
  let at = context.now;
  for (let tries = 0; tries < triesMax; tries++) {
    const gates = binding(evaluateGates({ ...context, now: at }), promotion);
    const next = Math.max(at, ...gates.map((gate) => (gate.verdict === "wait" ? gate.until : undefined) ?? at));
    if (next === at) return at > context.now ? at : undefined;
    at = next;
  }
  return undefined;
}
