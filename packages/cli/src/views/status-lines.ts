import { progressText } from "@sluice/core/targets/progress.ts";
import { gatesInWords } from "@sluice/core/views/gates-in-words.ts";
import type { RollbackRequestView } from "@sluice/core/views/rollback-request.ts";
import type { ActiveView, ClientsView, FrozenView, StageView, StatusView } from "@sluice/core/views/status.ts";
import { waveText } from "@sluice/core/views/wave.ts";
import type { Style } from "../output/style.ts";
import { bar, cell } from "../output/table.ts";
import { plural, share } from "../output/text.ts";
import { ago, until } from "../output/time.ts";

/**
 * A status as lines to be read at a glance: stages in order, what is live, what is on its way, why it waits and until when.
 * @param options.repeatNames name the stage in each of its lines, so that a line can stand alone
 */
export function statusLines(
  status: StatusView,
  style: Style,
  options: { readonly repeatNames?: boolean } = {},
): string[] {
  const width = Math.max(...status.stages.map((stage) => stage.name.length), 0);
  const issues = status.openIssues.length;
  return [
    `${style.bold(status.app)}  ${plural(status.releases, "release")}, ${issues === 0 ? "no open issues" : style.yellow(plural(issues, "open issue"))}`,
    ...(status.frozen === undefined ? [] : [`  ${frozenText("every stage frozen", status.frozen, status.at, style)}`]),
    "",
    ...status.stages.flatMap((stage) =>
      stageLines(stage, status.at, style).map((line, i) => {
        const named = i === 0 || options.repeatNames === true;
        const heading = named ? style.bold(stage.name.padEnd(width)) : " ".repeat(width);
        return `  ${heading}  ${line}`;
      }),
    ),
    ...status.openIssues.map(
      (issue, i) =>
        `${i === 0 ? "\n" : ""}  ${style.yellow("!")} ${cell(issue.id)} against ${issue.version} (${issue.severity}): ${cell(issue.title)}`,
    ),
    ...(status.releases === 0 ? ["", "  Nothing was published yet: sluice publish VERSION --component NAME=PATH"] : []),
  ];
}

function stageLines(stage: StageView, at: string, style: Style): string[] {
  const { live, active, waiting, rolledBack, wayBack, frozen, held, targets, inconsistent, rollbackRequest, power } =
    stage;
  const lines = [
    live === null
      ? `${style.dim("○")} ${style.dim("nothing live yet")}`
      : `${style.green("●")} ${style.bold(live.version)} live, ${ago(live.since, at)}${clients(live.clients, style)}`,
  ];
  lines.push(...overrideLines(live?.overriddenBy, style));
  if (held !== null)
    lines.push(
      `${style.yellow("‖")} held: ${cell(held.by)} promoted ${held.version} by hand, ${ago(held.since, at)}; nothing newer follows by itself`,
      `  lift it: sluice resume ${stage.name}, or promote the newest`,
    );
  if (live?.verification !== undefined) {
    const { window, windows, until: end, open } = live.verification;
    const waits = open.length === 0 ? "" : `: ${cell(open.join("; "))}`;
    lines.push(
      `  being verified, window ${window} of ${windows}${end > at ? style.dim(` (until ${until(end, at)})`) : ""}${waits}`,
    );
  }
  if (rollbackRequest !== undefined) lines.push(...rollbackRequestLines(rollbackRequest, at, style));
  if (!stage.stopTest)
    lines.push(style.yellow("! the stop test is switched off: nothing stops a harmful release by itself"));
  if (stage.stopTestNote !== undefined) lines.push(style.dim(`  stop test: ${cell(stage.stopTestNote)}`));
  if (frozen !== null) lines.push(frozenText("frozen", frozen, at, style));
  if (active !== null) {
    const paint = active.status === "paused" ? style.yellow : style.cyan;
    lines.push(
      `${paint("▲")} ${style.bold(active.version)} ${reach(active, paint)}${clients(active.clients, style)}`,
      `  ${cell(active.waitsFor)}${active.until === undefined ? "" : style.dim(` (until ${until(active.until, at)})`)}`,
    );
    lines.push(...overrideLines(active.overriddenBy, style));
  }
  for (const { version, waitsFor, until: moment, overriddenBy } of waiting) {
    const reasons = gatesInWords(waitsFor, ({ gate, reason }) => `${gate}: ${cell(reason)}`);
    lines.push(
      `${style.yellow("◷")} ${version} waits for ${reasons || "its turn"}${moment === undefined ? "" : style.dim(` (until ${until(moment, at)})`)}`,
      ...overrideLines(overriddenBy, style),
    );
  }
  // That the test is off is said above.
  const seen = stage.stopTest ? power?.says[0] : power?.says.at(-1);
  if (seen !== undefined) lines.push(style.dim(`? ${cell(seen)}`));
  if (inconsistent !== null) lines.push(style.red(`✕ INCONSISTENT: ${cell(inconsistent)}`));
  if (targets.length > 0) lines.push(style.dim(`■ ${targets.map(targetText).join(", ")}`));
  if (rolledBack.length > 0) lines.push(`${style.red("✕")} not offered again: ${rolledBack.join(", ")}`);
  if (wayBack !== undefined)
    lines.push(
      `${style.red("↩")} ${share(wayBack.basisPoints)} of the clients that have ${wayBack.versions.join(", ")} are sent back${wayBack.next === undefined ? "" : style.dim(` (more ${until(wayBack.next, at)})`)}`,
    );
  return lines;
}

function overrideLines(by: string | undefined, style: Style): string[] {
  return by === undefined ? [] : [`  ${style.red("OVERRIDE")} gates passed over by ${cell(by)}`];
}

function frozenText(what: string, { by, reason, until: end }: FrozenView, at: string, style: Style): string {
  const moment = end === undefined ? "" : style.dim(` (until ${until(end, at)})`);
  return `${style.cyan("❄")} ${what} by ${cell(by)}: ${cell(reason)}${moment}`;
}

function rollbackRequestLines(request: RollbackRequestView, at: string, style: Style): string[] {
  const { id, stage, from, to, reason, requestedBy, waitsFor, until: end } = request;
  return [
    `${style.yellow("↶")} ${id}: ${cell(requestedBy)} asks to go back from ${from} to ${to ?? "nothing"}: ${cell(reason)}`,
    `  ${waitsFor.map(cell).join("; ")}${style.dim(` (until ${until(end, at)})`)}; approve it: sluice rollback ${stage} --approve ${id}`,
  ];
}

function targetText({ name, state, has, trial, since, drift, progress }: StageView["targets"][number]): string {
  const content = since === undefined ? "nothing yet" : (has ?? "no release");
  const part = trial === undefined ? "" : ` with ${trial.version} at ${share(trial.basisPoints)}`;
  if (state === "applied") return `${name} ${content}${part}${drift === undefined ? "" : " (drifted)"}`;
  const far = progress === undefined ? "" : `: ${cell(progressText(progress))}`;
  return `${name} ${content}${part} (${state}${far})`;
}

/** How far a rollout has got: its share, or the one that not everything has yet; or how many clients were let in, and how many of those that may be at risk are. */
function reach({ basisPoints, moving, ration, wave }: ActiveView, paint: (text: string) => string): string {
  const part = wave === undefined ? undefined : waveText(wave);
  if (ration === undefined) {
    const got = moving === true ? "is on its way to" : paint(bar(basisPoints));
    return `${got} ${share(basisPoints)}${part === undefined ? "" : ` of ${part}`}`;
  }
  const { offered, inFlight, most, haltedGroups, ofClients } = ration;
  const atRisk = most === null ? `${inFlight} at risk` : `${inFlight} of ${most} at risk`;
  const halted = haltedGroups.length === 0 ? "" : `, halted for ${haltedGroups.map(cell).join(", ")}`;
  const got =
    ofClients === undefined
      ? `let in ${offered}`
      : `${share(basisPoints)}: ${offered} of ${plural(ofClients, "client")}`;
  return `${paint(got)}, ${atRisk}${part === undefined ? "" : `, in ${part}`}${halted}`;
}

function clients({ reached, healthy, failed }: ClientsView, style: Style): string {
  if (reached === 0) return "";
  const harmed = failed === 0 ? "" : `, ${style.red(`${failed} failed`)}`;
  return style.dim(` · ${plural(reached, "client")}, ${healthy} healthy`) + harmed;
}
