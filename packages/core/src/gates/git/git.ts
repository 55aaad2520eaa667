import { checkOf, itemKey } from "../../application/check-results.ts";
import type { Release } from "../../application/state.ts";
import { rfc3339 } from "../../time/instant.ts";
import type { GateKind } from "../gate.ts";
import type { GitQuestion } from "./judge.ts";
import { type GitConfig, gitItem, gitSchema, tagOf } from "./schema.ts";

/** What the server has to find out about a release, or undefined when the release does not say what it was built from. */
export function gitQuestion(
  { repository, tag, signed, branch }: GitConfig,
  { version, manifest }: Release,
): GitQuestion | undefined {
  if (manifest.commit === undefined) return undefined;
  return {
    repository,
    commit: manifest.commit,
    ...(tag === false ? {} : { tag: tagOf(tag, version) }),
    signed,
    ...(branch === false ? {} : { branch }),
  };
}

/** The repository says of the release's commit what the gate asks for. The server looks; what it found wears out. */
export const git: GateKind<typeof gitSchema> = {
  schema: gitSchema,
  evaluate(config, { state, release, stage, now }) {
    const { repository } = config;
    if (release.manifest.commit === undefined)
      return {
        verdict: "fail",
        reason: "the release names no commit",
        evidence: { repository },
        who: "a publisher, with another release: sluice publish --commit SHA",
      };
    const who = `whoever may push to ${repository}: the server asks again by itself`;
    const known = checkOf(state, release.version, itemKey(stage.name, gitItem(config)));
    // Under another pipeline the server may have had to look elsewhere.
    if (known?.found === undefined || known.found.pipeline !== state.pipeline?.digest)
      return {
        verdict: "wait",
        reason: `${repository} was not asked yet`,
        evidence: { repository, commit: release.manifest.commit },
        who: "nobody has to: the server asks by itself",
      };
    const until = known.at + config["max-age"];
    const evidence = { ...known.found.evidence, by: known.by, at: rfc3339(known.at), staleAt: rfc3339(until) };
    if (now >= until)
      return {
        verdict: "wait",
        reason: `${repository} was asked too long ago, at ${rfc3339(known.at)}`,
        evidence,
        who,
      };
    if (known.result === "pass") return { verdict: "pass", reason: known.comment, evidence, until };
    if (known.result === "fail") return { verdict: "fail", reason: known.comment, evidence, who };
    const mends = `whoever keeps ${repository} and this server: the server asks again by itself`;
    return { verdict: "wait", reason: known.comment, evidence, who: mends };
  },
};
