import { z } from "zod";
import { oneOf } from "../pipeline/one-of.ts";
import { commandTargetSchema } from "./command.ts";
import { gitTargetSchema } from "./git/schema.ts";
import { kubernetesTargetSchema } from "./kubernetes.ts";
import { ociTargetSchema } from "./oci.ts";
import { staticTargetSchema } from "./static.ts";
import { trafficTargetSchema } from "./traffic.ts";

/** Where a stage's release is put: exactly one of these. */
export const targetSchema = oneOf(
  {
    channel: z.strictObject({}).describe("The signed update feed of the stage's name"),
    static: staticTargetSchema.describe("The same feed as plain files, in a folder or a bucket"),
    git: gitTargetSchema.describe("Files of an environment's repository, by commits"),
    oci: ociTargetSchema.describe("Images, promoted between registries by their digests"),
    kubernetes: kubernetesTargetSchema.describe("The images of a workload in a Kubernetes cluster"),
    command: commandTargetSchema.describe("Commands of the team"),
    traffic: trafficTargetSchema.describe("Live traffic, shared between the servers of two releases"),
  },
  "target",
);

/** A target as the pipeline names it: exactly one member is there. */
export type TargetSpec = z.output<typeof targetSchema>;

/** The targets that can show a release to a part of a stage. Elsewhere everybody gets it at the first step. */
const sharing: ReadonlySet<string> = new Set(["channel", "static", "traffic"]);

/** Whether a stage that has these targets can be exposed in part. */
export function canShare(targets: readonly TargetSpec[]): boolean {
  return targets.some((spec) => {
    if (spec.kubernetes !== undefined) return spec.kubernetes.rollout !== undefined;
    // CodeDeploy shares traffic as its own configuration says, and asks nobody.
    return sharing.has(Object.keys(spec)[0] ?? "") && spec.traffic?.codedeploy === undefined;
  });
}
