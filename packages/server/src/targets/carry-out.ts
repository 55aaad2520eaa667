import type { Evidence } from "@sluice/core/gates/gate.ts";
import { TargetFailure } from "./failure.ts";
import type { Order, Target, Tell } from "./target.ts";

/**
 * Does with a target what an order asks for, and looks whether it took: the one place that knows the order of the steps.
 * @param tell told how far it has got, where the target says so
 * @returns what was done, for the log. Rejects with a TargetFailure, also where the target says that something else is live
 */
export async function carryOut(target: Target, order: Order, signal: AbortSignal, tell?: Tell): Promise<Evidence> {
  const back = order.leaving !== undefined;
  const done: Record<string, Evidence[string]> = back
    ? { rollback: await target.rollback(order, signal, tell) }
    : { deploy: await target.deploy(order, signal, tell) };
  if (!back && target.expose !== undefined) done.expose = await target.expose(order, signal);
  if (target.verify === undefined) return done;
  const { agrees, text, evidence } = await target.verify(order, signal);
  if (!agrees)
    throw new TargetFailure(`it did what was asked, but ${text}`, { retryable: true, evidence: { ...done, evidence } });
  return { ...done, verify: evidence };
}
