import type { Gate } from "@sluice/core/pipeline/schema.ts";
import { severities } from "@sluice/core/pipeline/values.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import { isYes } from "./approvals.ts";
import type { Chronicle } from "./chronicle.ts";
import { closedByPolicies } from "./policies.ts";
import { untested } from "./tested.ts";
import type { ToldPromotion } from "./told.ts";
import { isShut } from "./windows.ts";

/** How many clients of a stage may have said that they are well with a version. */
export type WellClients = (stage: string, version: string) => number;

/** What keeps a release from entering its stage at a moment, as far as the log tells: nothing is asked of the production gates. */
export function closedToEnter(told: Chronicle, promotion: ToldPromotion, at: number, well: WellClients): string[] {
  const closed = closedToGoOn(told, promotion, at, well);
  return promotion.override === undefined
    ? [...closed, ...notAsked(told, promotion), ...notAdmitted(told, promotion)]
    : closed;
}

/** What keeps a release out of a stage whatever its pipeline says, but for a freeze. */
export function notAdmitted(told: Chronicle, { id, stage: name, version }: ToldPromotion): string[] {
  const stage = told.stage(name);
  const closed: string[] = [];
  if (stage.live !== undefined && compareVersions(version, stage.live) <= 0) closed.push(`${stage.live} is live there`);
  if (stage.away.has(version)) closed.push("it was rolled back there");
  if (stage.chosen !== undefined && stage.chosen !== id) closed.push(`${stage.chosen} was chosen by hand`);
  const live = told.promotions.get(stage.livePromotion ?? "");
  const waits = told.spec(stage.name)?.["when-newer"] === "wait";
  if (live !== undefined && live.version !== version && waits && live.windowsPassed < live.windows.length)
    closed.push(`${live.version} is not verified yet`);
  return closed;
}

function notAsked(told: Chronicle, { stage, version, asker }: ToldPromotion): string[] {
  const rule = told.spec(stage)?.["promote-on"];
  const commit = told.releases.get(version)?.commit;
  const isAsked = rule === undefined || asker !== undefined || told.outside.hasAsked(rule, version, { commit });
  return isAsked ? [] : [`no ${rule.tag ?? "merge"} asks for it`];
}

/** What keeps a release that has entered from going on. */
export function closedToGoOn(told: Chronicle, promotion: ToldPromotion, at: number, well: WellClients): string[] {
  const { version, override } = promotion;
  const { name, frozen } = told.stage(promotion.stage);
  const closed: string[] = [];
  if (told.withdrawn.has(version)) closed.push("it is withdrawn");
  if (at < Math.max(told.frozenUntil, frozen?.until ?? 0)) closed.push(`${name} is frozen`);
  if (override?.policies !== true) closed.push(...closedByPolicies(told, promotion, at));
  if (override !== undefined) return closed;
  const before = told.before(name);
  if (before !== undefined && !told.stage(before).complete.has(version)) closed.push(`it is not complete in ${before}`);
  for (const gate of told.spec(name)?.gates ?? []) closed.push(...closedGate(told, gate, promotion, at, well));
  return closed;
}

function closedGate(told: Chronicle, gate: Gate, promotion: ToldPromotion, at: number, well: WellClients): string[] {
  const { version, stage } = promotion;
  const before = told.before(stage);
  const { soak, check, checklist, window } = gate;
  if (typeof soak === "number") {
    const since = before === undefined ? told.releases.get(version)?.at : told.stage(before).complete.get(version)?.at;
    return since === undefined || at < since + soak ? [`soak of ${soak} ms since ${since ?? "never"}`] : [];
  }
  if (soak !== undefined) {
    const ran = promotion.soakRan + (promotion.soakSince === undefined ? 0 : at - promotion.soakSince);
    return ran < soak.healthy ? [`was well for ${ran} of ${soak.healthy} ms`] : [];
  }
  if (gate["tested-in"] !== undefined) return untested(told, gate["tested-in"], promotion, at);
  if (gate["no-issues"] !== undefined) return openIssues(told, version, gate["no-issues"]["at-least"]);
  if (gate.approval !== undefined) return isYes(told, gate.approval, promotion, at) ? [] : ["it is not approved"];
  if (gate["min-clients"] !== undefined && before !== undefined) {
    const said = well(before, version);
    return said < gate["min-clients"] ? [`${said} of ${gate["min-clients"]} clients said that they are well`] : [];
  }
  if (check !== undefined) {
    const said = told.checks.get(`${version} ${check.name}`);
    const fresh = said !== undefined && at < said.at + (check["max-age"] ?? Number.POSITIVE_INFINITY);
    const counts =
      check.from.length === 0 || [said?.by ?? "", ...(said?.groups ?? [])].some((name) => check.from.includes(name));
    return fresh && said.passed && counts ? [] : [`check ${check.name} has not passed`];
  }
  const answers = told.outside.foundFor(gate, `${version} ${stage}`, told.pipelineDigest, at);
  const unclear = answers.find((answer) => answer !== "pass");
  if (answers.some((answer) => answer !== "pass")) return [`what servers have found out says ${unclear ?? "nothing"}`];
  if (checklist !== undefined)
    return checklist
      .filter(({ http, command }) => http === undefined && command === undefined)
      .filter(({ id }) => told.checks.get(`${version} ${stage}/${id}`)?.passed !== true)
      .map(({ id }) => `item ${id} is not ticked`);
  return window !== undefined && isShut(window, at) ? ["its window is shut"] : [];
}

/** The open issues of a version, of at least a severity. */
export function openIssues(told: Chronicle, version: string, least: string): string[] {
  const rank = (severity: string) => severities.findIndex((known) => String(known) === severity);
  return [...told.issues]
    .filter(([, issue]) => issue.version === version && rank(issue.severity) >= rank(least))
    .map(([id]) => `${id} is open`);
}
