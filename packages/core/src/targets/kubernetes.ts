import { z } from "zod";
import { durationValue } from "../pipeline/values.ts";

const nameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "must be a name as Kubernetes has them, such as shop-web");
const countSchema = z
  .union([
    z.int().min(0).max(10_000),
    z.string().regex(/^(?:100|\d{1,2})%$/, "must be a number, or a share such as 25%"),
  ])
  .describe("A number of pods, or a share such as 25%");
const placeSchema = z
  .string()
  .max(300)
  .regex(
    /^[A-Za-z0-9.:[\]-]+(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/,
    "must be a registry, or the beginning of its repositories",
  );

/** The images of a workload in a Kubernetes cluster, by their digests. */
export const kubernetesTargetSchema = z
  .strictObject({
    deployment: nameSchema.optional().describe("The Deployment's name"),
    rollout: nameSchema
      .optional()
      .describe("The name of a Rollout of Argo Rollouts, whose weight follows the exposure"),
    namespace: nameSchema.default("default"),
    context: z.string().min(1).max(200).optional().describe("Of the server's kubeconfig; absent: its current one"),
    containers: z
      .record(nameSchema, z.string().max(63))
      .optional()
      .describe("Which component's image each container runs; absent: those of the same name"),
    registry: z
      .strictObject({ from: placeSchema, to: placeSchema })
      .optional()
      .describe("Where the cluster pulls from, as an oci target put it there; absent: from where it was published"),
    "max-surge": countSchema.optional().describe("Pods above the wanted number while it rolls out; absent: as it is"),
    "max-unavailable": countSchema.optional().describe("Pods that may be missing while it rolls out; absent: as it is"),
    timeout: durationValue
      .refine((ms) => ms >= 1_000 && ms <= 86_400_000, "must be between 1s and 24h")
      .default(600_000)
      .describe("How long its pods may take to be ready"),
    force: z.boolean().default(false).describe("Takes the images over where somebody else manages them"),
  })
  .refine(
    ({ deployment, rollout }) => (deployment === undefined) !== (rollout === undefined),
    "must name exactly one of deployment and rollout",
  );

export type KubernetesTarget = z.output<typeof kubernetesTargetSchema>;
