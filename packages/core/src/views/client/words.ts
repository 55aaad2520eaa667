import { formatDuration } from "../../time/duration.ts";
import { fromRfc3339, type Millis } from "../../time/instant.ts";
import { type ClientReport, lastSaidOf } from "./installed.ts";
import { type ClientCase, type ClientObstacle, percent } from "./obstacles.ts";
import type { ClientStanding } from "./standing.ts";

interface Told extends ClientCase {
  readonly standing: ClientStanding;
  readonly obstacles: readonly ClientObstacle[];
  readonly reports: readonly ClientReport[];
  readonly versionFrom: "asked" | "reports" | "unknown";
}

/** How a client stands to a release, for a person. */
export function summaryOf(told: Told): string {
  const { client, version, versionFrom } = told;
  const said = lastSaidOf(told.reports, version);
  const sentences = [
    `${client.id} ${standingText(told)}.`,
    ...(said === undefined ? [] : [`Of ${version} it last said ${saidText(said, told.now)}.`]),
    ...(versionFrom === "unknown"
      ? ["What it has installed is not known, so it is taken to have nothing: say --current VERSION."]
      : []),
  ];
  return sentences.join(" ");
}

function standingText(told: Told): string {
  const { standing, version, client, decision, obstacles } = told;
  const next = decision === undefined || decision.kind === "none" ? undefined : decision.release.version;
  const why = obstacles.map(({ detail }) => detail).join("; ");
  switch (standing) {
    case "has-it":
      return `has ${version}${next === undefined ? "" : `; its next check is answered with ${next}`}`;
    case "leaves-it":
      return `has ${version} and must leave it: ${next === undefined ? why : `its next check takes it to ${next}`}`;
    case "gets-it":
      return `gets ${version} with its next check${mustText(told)}: ${groundsText(told)}`;
    case "past-it":
      return `has ${client.version}, which is newer than ${version}`;
    case "does-not-get-it":
      return `does not get ${version}: ${why.replace(/\.$/, "")}`;
  }
}

function mustText({ decision, client }: Told): string {
  if (decision?.kind === "rollback") return `, back from ${client.version}`;
  return decision?.kind === "update" && decision.mandatory ? ", and must take it" : "";
}

function groundsText({ stage, stageState, version, rolling, admission, decision, now }: Told): string {
  if (decision?.kind === "rollback") return `it is what ${stage.name} went back to`;
  if (rolling?.version !== version)
    return stageState.live?.version === version
      ? `it is live for everybody in ${stage.name}`
      : `it leads on to what is live in ${stage.name}`;
  if (admission === undefined)
    return `its place is among the ${percent(rolling.exposure.offered.basisPoints)} that are offered it`;
  if (admission.at !== undefined)
    return `it was let in ${agoText(fromRfc3339(admission.at), now)}, as number ${admission.number}`;
  const token = stage.rollout.evidence?.clients === "authenticated" ? ", if it sends a token that may report" : "";
  return admission.room === null
    ? "everybody who asks is let in"
    : `${admission.room} more may be let in now, and it is among them unless others ask before${token}`;
}

function saidText({ status, at, reason }: ClientReport, now: Millis): string {
  return `${status}${reason === undefined ? "" : ` (${reason})`}, ${agoText(at, now)}`;
}

function agoText(at: Millis, now: Millis): string {
  const ms = now - at;
  return ms < 1_000 ? "just now" : `${formatDuration(ms)} ago`;
}
