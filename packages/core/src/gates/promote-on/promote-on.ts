import { rfc3339 } from "../../time/instant.ts";
import type { GateContext, GateResult, Verdict } from "../gate.ts";
import { tagFor } from "./pattern.ts";

/** Somebody asked for it: a tag or a merge as the pipeline says, or a person by hand. Nothing where the stage asks for none. */
export function promoteOn(context: GateContext): GateResult[] {
  const rule = context.stage["promote-on"];
  if (rule === undefined) return [];
  const asked = askedByHand(context);
  if (asked !== undefined) return [{ gate: "promote-on", ...asked }];
  const verdict = rule.tag === undefined ? onMerge(rule.merge ?? "", context) : onTag(rule.tag, context);
  return [{ gate: "promote-on", ...verdict }];
}

function askedByHand({ promotion }: GateContext): Verdict | undefined {
  const by = promotion?.manual === true ? promotion.requestedBy : promotion?.asked?.by;
  return by === undefined ? undefined : { verdict: "pass", reason: `${by} asked for it`, evidence: { by } };
}

function onTag(pattern: string, { state, release, stage }: GateContext): Verdict {
  const { version, manifest } = release;
  const name = tagFor(pattern, version);
  const tag = state.forge.tags.get(name);
  if (tag === undefined)
    return notYet(
      `tag ${name} was not pushed yet`,
      `whoever pushes the tag ${name}`,
      { tag: name },
      state,
      stage,
      version,
    );
  const evidence = { tag: name, commit: tag.commit ?? null, by: tag.by, at: rfc3339(tag.at) };
  const same = tag.commit !== undefined && manifest.commit !== undefined && tag.commit.startsWith(manifest.commit);
  // A tag that names the version says enough of a release that does not say what it was built from.
  if (same || (manifest.commit === undefined && pattern.includes("*")))
    return { verdict: "pass", reason: `${tag.by} pushed the tag ${name}`, evidence };
  if (manifest.commit === undefined)
    return other(
      `${name} is a tag that moves, and ${version} names no commit: publish with --commit SHA`,
      evidence,
      stage,
      version,
    );
  if (tag.commit === undefined)
    return other(
      `which commit the tag ${name} is at is not known: let the forge send pushes too`,
      evidence,
      stage,
      version,
    );
  return other(
    `tag ${name} is at ${tag.commit.slice(0, 12)}, but ${version} was built from ${manifest.commit.slice(0, 12)}`,
    evidence,
    stage,
    version,
    `whoever puts the tag ${name} at ${manifest.commit.slice(0, 12)}, or `,
  );
}

function onMerge(branch: string, { state, release, stage }: GateContext): Verdict {
  const { version, manifest } = release;
  const { commit } = manifest;
  if (commit === undefined)
    return other(`${version} names no commit: publish with --commit SHA`, { branch }, stage, version);
  const merges = state.forge.merges.get(branch);
  const merged = merges?.get(commit) ?? merges?.find((_, full) => full.startsWith(commit));
  if (merged === undefined)
    return notYet(
      `commit ${commit.slice(0, 12)} was not merged into ${branch} yet`,
      `whoever merges it into ${branch}`,
      { branch, commit },
      state,
      stage,
      version,
    );
  const evidence = { branch, commit, by: merged.by, at: rfc3339(merged.at) };
  return { verdict: "pass", reason: `${merged.by} merged ${commit.slice(0, 12)} into ${branch}`, evidence };
}

function notYet(
  reason: string,
  who: string,
  evidence: Verdict["evidence"],
  { forge }: GateContext["state"],
  { name }: GateContext["stage"],
  version: string,
): Verdict {
  const deaf = forge.hooks.isEmpty()
    ? ", and no hook tells of it: sluice hook create github --repository OWNER/NAME"
    : "";
  return { verdict: "wait", reason: reason + deaf, evidence, who: `${who}, or ${byHand(version, name)}` };
}

/** What another event of the forge can still mend, so it is not a failure. */
function other(
  reason: string,
  evidence: Verdict["evidence"],
  { name }: GateContext["stage"],
  version: string,
  others = "",
): Verdict {
  return { verdict: "wait", reason, evidence, who: others + byHand(version, name) };
}

function byHand(version: string, stage: string): string {
  return `an operator: sluice promote ${version} ${stage}`;
}
