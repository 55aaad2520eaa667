import type { TargetSpec } from "@sluice/core/targets/schema.ts";
import { commandTarget } from "./command/command.ts";
import type { CommandOptions } from "./command/run.ts";
import { TargetFailure } from "./failure.ts";
import { gitTarget } from "./git/git.ts";
import type { GitOptions } from "./git/workspace.ts";
import { type KubernetesOptions, kubernetesTarget } from "./kubernetes/kubernetes.ts";
import { type OciOptions, ociTarget } from "./oci/oci.ts";
import { type StaticOptions, staticTarget } from "./static/static.ts";
import type { Target } from "./target.ts";
import { openTraffic } from "./traffic/open.ts";

/** Makes a target of what the pipeline says of it. Throws a TargetFailure for a kind that this version does not know. */
export type OpenTarget = (spec: TargetSpec) => Target;

/** The targets that a server has. Each is made anew for each effect, so none keeps anything. */
export function targetOpener(
  options: CommandOptions & GitOptions & KubernetesOptions & OciOptions & StaticOptions,
): OpenTarget {
  return (spec) => {
    if (spec.command !== undefined) return commandTarget(spec.command, options);
    if (spec.git !== undefined) return gitTarget(spec.git, options);
    if (spec.oci !== undefined) return ociTarget(spec.oci, options);
    if (spec.static !== undefined) return staticTarget(spec.static, options);
    if (spec.kubernetes !== undefined) return kubernetesTarget(spec.kubernetes, options);
    if (spec.traffic !== undefined) return openTraffic(spec.traffic, options);
    // The schema lets exactly one member through; the feed is no outside target.
    throw new TargetFailure(`this version of Sluice does not know the target ${Object.keys(spec)[0]}`, {
      retryable: false,
    });
  };
}
