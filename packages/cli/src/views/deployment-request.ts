import type { Stage } from "@sluice/core/pipeline/schema.ts";
import { holdMs, nextExposure } from "@sluice/core/rollout/schedule.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import type { Explanation } from "@sluice/core/views/why.ts";
import type { ReleaseDetail } from "../api/shapes.ts";
import { printable, share, shortDigest } from "../output/text.ts";
import { when } from "../output/time.ts";
import { markdownText } from "./markdown-text.ts";
import { firstLine } from "./release-history.ts";

/** The request to let a release into its next stage, Markdown: what changes, what was validated, how it goes and goes back. */
export function deploymentRequest(
  release: ReleaseDetail,
  stage: Stage,
  live: string | undefined,
  why: Explanation,
): string {
  const { version, manifest } = release;
  const open = why.gates.filter((gate) => gate.verdict !== "pass");
  const changes = firstLine(manifest.notes ?? "");
  const deployment = release.path.find(({ promotion }) => promotion === why.promotion);
  const requestor = deployment?.requestedBy;
  const approvals = deployment?.approvals ?? [];
  const sections = [
    `## Deployment Request: ${manifest.app} ${version} to ${stage.name}`,
    [
      `**Date**: ${when(why.at)}`,
      `**Requestor**: ${requestor === undefined ? "nobody yet" : markdownText(requestor)}`,
      `**Changes**: ${changes === "" ? "no release notes" : markdownText(changes)}`,
      ...(release.commit === undefined ? [] : [`**Commit**: ${release.commit}`]),
      `**Digest**: ${release.digest}`,
    ].join("  \n"),
    `### Validation\n\n${why.gates.map(gateLine).join("\n")}`,
    `### Approvals\n\n${approvalLines(approvals)}`,
    `### Deployment Details\n\n${[
      `- **Estimated Duration**: ${durationOf(stage)}`,
      `- **Traffic Impact**: ${impactOf(stage)}`,
      `- **Rollback Plan**: ${rollbackPlan(stage, live)}`,
    ].join("\n")}`,
    ...(why.plans ?? []).map(planSection),
    `### Open\n\n${open.length === 0 ? "Nothing: every gate is open." : open.map(openLine).join("\n")}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

/** What a target would change, as it said: nothing of it is read as Markdown. */
function planSection({ target, at, text, sha256 }: NonNullable<Explanation["plans"]>[number]): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `### Plan of ${markdownText(target)}, ${when(at)} (${shortDigest(sha256)})\n\n${fence}diff\n${printable(text).trimEnd()}\n${fence}`;
}

function approvalLines(approvals: NonNullable<ReleaseDetail["path"][number]["approvals"]>): string {
  if (approvals.length === 0) return "None yet.";
  return approvals
    .map(
      ({ by, at, comment }) =>
        `- ${markdownText(by)}, ${when(at)}${comment === "" ? "" : `: ${markdownText(comment)}`}`,
    )
    .join("\n");
}

function gateLine({ gate, verdict, reason }: Explanation["gates"][number]): string {
  return `- [${verdict === "pass" ? "x" : " "}] ${markdownText(gate)}: ${markdownText(reason)}`;
}

function openLine({ gate, who, until }: Explanation["gates"][number]): string {
  const can = who === undefined ? "" : `: ${markdownText(who)}`;
  return `- ${markdownText(gate)}${can}${until === undefined ? "" : `, not before ${when(until)}`}`;
}

function durationOf({ rollout }: Stage): string {
  let ms = 0;
  for (let share = nextExposure(rollout, 0); share !== undefined; share = nextExposure(rollout, share))
    ms += holdMs(rollout, share);
  return ms === 0 ? "at once" : `${formatDuration(ms)} at least`;
}

function impactOf({ rollout: { steps, linear } }: Stage): string {
  if (linear !== undefined) return `${share(linear.by)} more every ${formatDuration(linear.every)}`;
  const all = steps ?? [];
  return all.map(({ to, hold }) => `${share(to)}${hold === 0 ? "" : ` for ${formatDuration(hold)}`}`).join(", ");
}

function rollbackPlan(stage: Stage, live: string | undefined): string {
  const watched = [...(stage["stop-test"] ? ["stop-test"] : []), ...stage.analysis.flatMap(namesOf)];
  const back = live === undefined ? "there is no release to go back to" : `back to ${live}`;
  const machine =
    watched.length === 0
      ? "nothing is measured"
      : `${stage["on-failure"] === "rollback" ? "automatic" : "paused for a person"} when ${watched.join(" or ")} fails`;
  return `${back}; ${machine}; by hand: \`sluice rollback ${stage.name} --reason TEXT\``;
}

/** As `status` and incidents call an analysis: by its own name where it has one. */
function namesOf(analysis: Stage["analysis"][number]): string[] {
  return Object.entries(analysis).map(([kind, settings]) =>
    settings !== undefined && "name" in settings ? (settings.name ?? kind) : kind,
  );
}
