import semver from "semver";
import { z } from "zod";
import { personSchema } from "../access/person.ts";
import { durationValue, shareValue } from "../pipeline/values.ts";
import { nameSchema } from "../release/manifest.ts";

const appPattern = z
  .string()
  .regex(/^[a-z0-9*][a-z0-9._*-]{0,62}$/, "must be the name of an application; * stands for any characters");

const versionRange = z
  .string()
  .max(200)
  .refine(
    (text) => text.trim() !== "" && semver.validRange(text) !== null,
    'must be a version such as 1.2.3, or a range such as ">=1.2.0 <1.4.0"',
  );

const unique = (names: readonly string[]) => new Set(names).size === names.length;
const stages = z.array(nameSchema).max(100).refine(unique, "must not name a stage twice").default([]);

/**
 * What a company asks of every pipeline that it applies to (`{"enterprisePolicy": {…}}`). Everything but the demands themselves
 * may be left out.
 */
const demandShape = {
  approvalRequired: z.boolean().default(false),
  approvers: z.array(personSchema).max(50).default([]).describe("Names of tokens, or of groups of tokens"),
  approvals: z.int().min(1).max(20).default(1).describe("How many of them must approve"),
  testingRequired: z.boolean().default(false),
  testEnvironments: stages.describe("Stages in which a release must have been fully rolled out before"),
  minimumTestDuration: durationValue.default(0).describe("How long in each of them"),
  blockedVersions: z
    .array(versionRange)
    .max(200)
    .default([])
    .describe("Versions, or ranges of them, that enter no stage"),
  allowedChannels: stages.describe("The stages that a pipeline may have beside the test environments; none named: any"),
  complianceChecks: z
    .array(nameSchema)
    .max(50)
    .refine(unique, "must not name a check twice")
    .default([])
    .describe("Outside checks that must have passed"),
  exposureBudget: z
    .strictObject({
      atMost: shareValue
        .refine((share) => share > 0, "must be more than 0%")
        .describe("The share of all clients of the applications and stages that this policy is for"),
      youngerThan: durationValue
        .refine((ms) => ms > 0, "must be longer than nothing")
        .default(86_400_000)
        .describe("How long ago a release was first rolled out to count as young"),
    })
    .exactOptional()
    .describe("How many clients may be on young releases at once, over all those applications together"),
};

interface Demanding {
  readonly approvalRequired: boolean;
  readonly approvers: readonly string[];
  readonly approvals: number;
  readonly testingRequired: boolean;
  readonly testEnvironments: readonly string[];
}

function checkDemands(policy: Demanding, context: z.RefinementCtx): void {
  const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  if (policy.approvalRequired && policy.approvers.length === 0)
    wrong("approvers", "must name who approves, because approval is required");
  if (policy.testingRequired && policy.testEnvironments.length === 0)
    wrong("testEnvironments", "must name a stage, because testing is required");
}

/** The file of a policy: `kind: policy`, what it applies to, and what it demands. */
export const policyFileSchema = z
  .strictObject({
    apiVersion: z.literal("sluice/v1"),
    kind: z.literal("policy"),
    name: nameSchema,
    apps: z
      .array(appPattern)
      .min(1)
      .max(200)
      .default(["*"])
      .describe("Applications, by name; * stands for any characters"),
    stages: stages.describe("The stages that must meet the demands; none named: all but the test environments"),
    ...demandShape,
  })
  .superRefine(checkDemands);

/** The form without a name: it is called `enterprise`, and applies to every application. */
export const enterpriseFileSchema = z.strictObject({
  enterprisePolicy: z
    .strictObject({ ...demandShape })
    .superRefine(checkDemands)
    .transform((demands): Policy => ({ name: "enterprise", apps: ["*"], stages: [], ...demands })),
});

/** A policy as it was read: durations in ms, every default filled in. */
export type Policy = Omit<z.output<typeof policyFileSchema>, "apiVersion" | "kind">;
