import type { Pipeline } from "../pipeline/schema.ts";
import type { Policy } from "./schema.ts";

/** Whether a policy is for an application. */
export function appliesTo({ apps }: Policy, app: string): boolean {
  return apps.some((pattern) => matches(pattern, app));
}

/** Whether a stage has to meet a policy's demands. */
export function concernsStage({ stages, testEnvironments }: Policy, stage: string): boolean {
  return stages.length > 0 ? stages.includes(stage) : !testEnvironments.includes(stage);
}

/** Each part between two stars is looked for after the one before: linear in the text, whatever the pattern. */
function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/** Something in a pipeline that no release could ever get past, because a policy forbids it. */
export interface Contradiction {
  readonly policy: string;
  /** Where in the pipeline file. */
  readonly path: (string | number)[];
  readonly message: string;
}

/**
 * Where a pipeline contradicts policies: a stage that is not allowed, one that cannot have been tested before, or one that was there and
 * is gone although a policy names it.
 * @param before the pipeline that is in force
 */
export function contradictions(pipeline: Pipeline, policies: readonly Policy[], before?: Pipeline): Contradiction[] {
  return policies.flatMap((policy) => [
    ...lostStages(pipeline, policy, before),
    ...pipeline.stages.flatMap(({ name }, index) => {
      const path = ["stages", index, "name"];
      const earlier = pipeline.stages.slice(0, index).map((stage) => stage.name);
      const missing = policy.testEnvironments.filter((stage) => !earlier.includes(stage));
      const found: Contradiction[] = [];
      if (!isAllowed(policy, name))
        found.push({
          policy: policy.name,
          path,
          message: `policy ${policy.name} allows the stages ${[...policy.testEnvironments, ...policy.allowedChannels].join(", ")}, and not ${name}`,
        });
      else if (policy.testingRequired && concernsStage(policy, name) && missing.length > 0)
        found.push({
          policy: policy.name,
          path,
          message: `policy ${policy.name} asks that a release be tested in ${missing.join(" and ")} before it enters ${name}: add ${missing.length === 1 ? "that stage" : "those stages"} before it`,
        });
      return found;
    }),
  ]);
}

/** A stage that a policy names cannot be renamed: under another name it would have nothing to meet. */
function lostStages(pipeline: Pipeline, policy: Policy, before: Pipeline | undefined): Contradiction[] {
  const names = new Set(pipeline.stages.map(({ name }) => name));
  return (before?.stages ?? [])
    .filter(({ name }) => policy.stages.includes(name) && !names.has(name))
    .map(({ name }) => ({
      policy: policy.name,
      path: ["stages"],
      message: `policy ${policy.name} names the stage ${name}, which cannot be renamed or taken out as long as it does: an admin changes the policy first`,
    }));
}

/** Whether a policy lets a pipeline have a stage of that name. */
export function isAllowed({ allowedChannels, testEnvironments }: Policy, stage: string): boolean {
  return allowedChannels.length === 0 || allowedChannels.includes(stage) || testEnvironments.includes(stage);
}
