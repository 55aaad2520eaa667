import { type FileProblem, parseYaml } from "../pipeline/parse.ts";
import { enterpriseFileSchema, type Policy, policyFileSchema } from "./schema.ts";

/** Reads a policy file, YAML or JSON, in either form. @returns the policy, or every problem found with its place. */
export function parsePolicy(text: string): { policy: Policy } | { problems: FileProblem[] } {
  if (/^[\s{"']*enterprisePolicy\b/m.test(text)) {
    const read = parseYaml(text, enterpriseFileSchema);
    return "problems" in read ? read : { policy: read.value.enterprisePolicy };
  }
  const read = parseYaml(text, policyFileSchema);
  if ("problems" in read) return read;
  const { apiVersion: _, kind: __, ...policy } = read.value;
  return { policy };
}
