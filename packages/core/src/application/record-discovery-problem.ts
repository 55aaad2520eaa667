import type { CommandOf } from "./commands.ts";
import { problemKey } from "./problem-key.ts";
import type { Transition } from "./transition.ts";

/** What stands in the way of a discovery is said once, and again when it is something else. */
export function recordDiscoveryProblem(
  transition: Transition,
  { problem }: CommandOf<"RecordDiscoveryProblem">,
): undefined {
  const { source, version, reason } = problem;
  if (transition.state.discoveryProblems.get(problemKey(source, version)) === reason) return;
  transition.add({ type: "DiscoveryProblemFound", data: problem });
}
