import { sizeText } from "@sluice/core/views/size-text.ts";
import type { Choices } from "../choices/choices.ts";
import type { CheckResult, Progress, UpdateResult } from "../events.ts";
import { timestamp } from "../ports/clock.ts";
import type { Status } from "../status.ts";

/** What a single step came to. */
export type StepResult = CheckResult | UpdateResult | { readonly kind: "chosen"; readonly choices: Choices };

/** The same in a sentence. */
export function sayResult(result: StepResult): string {
  switch (result.kind) {
    case "none":
      return `Nothing to install: ${result.detail ?? result.reason}`;
    case "held":
      return `Version ${result.version} is on offer, but not tried: ${result.reason}`;
    case "update":
      return `Version ${result.version} is on offer${result.mandatory ? " and mandatory" : ""}${notes(result.releaseNotes)}`;
    case "rollback":
      return `The installed version was taken back; the way back leads to ${result.version}`;
    case "chosen":
      return asAsked(result.choices) ?? "What becomes of updates is up to the configuration";
    case "completed":
      return `Version ${result.version} is installed and healthy${result.from === undefined ? "" : ` (before: ${result.from})`}`;
    case "rolled-back":
      return `Version ${result.version} was taken back${result.to === undefined ? "" : `; ${result.to} runs and is healthy`}: ${result.reason}`;
    case "failed":
      return `The update to ${result.version} failed (${result.code}): ${result.reason}`;
  }
}

/** What becomes of an offer that was only asked for. @param waits why it is not installed now */
export function sayProspect({ kind }: StepResult, waits: string | undefined): string {
  if (kind !== "update" && kind !== "rollback") return "";
  return waits === undefined ? "A running agent installs it at its next check\n" : `It waits: ${waits}\n`;
}

function asAsked(choices: Choices): string | undefined {
  const said = sayChoices(choices);
  return said === undefined ? undefined : `As was asked, ${said}`;
}

/** What people said of updates, or undefined when they said nothing. */
function sayChoices({ skipped, deferredUntilMs, scheduled }: Choices): string | undefined {
  const said = [
    skipped === undefined ? [] : [`version ${skipped} is skipped`],
    deferredUntilMs === undefined ? [] : [`updates are deferred until ${timestamp(deferredUntilMs)}`],
    scheduled === undefined ? [] : [`version ${scheduled.version} is scheduled for ${timestamp(scheduled.atMs)}`],
  ].flat();
  return said.length === 0 ? undefined : said.join("; ");
}

function sayProgram({ running, pid, version }: Status["program"], configured: boolean): string {
  if (running) return `runs as process ${pid} (${version})`;
  return configured ? "does not run" : "none: the configuration names none to run";
}

function notes(releaseNotes: string | undefined): string {
  return releaseNotes === undefined ? "" : ` (${releaseNotes})`;
}

/** What a check found, in a few words after its time. */
function sayCheck(lastCheck: Status["lastCheck"]): string {
  if (lastCheck === null || lastCheck === undefined) return "none yet";
  const { at, kind, version, reason } = lastCheck;
  const found: Readonly<Record<string, string>> = {
    none: `nothing to install: ${reason}`,
    held: `version ${version} is on offer, but not tried`,
    update: `version ${version} is on offer`,
    rollback: `the installed version was taken back; the way back leads to ${version}`,
    completed: `version ${version} was installed`,
    "rolled-back": `version ${version} was tried and taken back`,
    failed: version === undefined ? `failed: ${reason}` : `the update to ${version} failed: ${reason}`,
  };
  return `${at}  ${found[kind] ?? kind}`;
}

function sayState({ state, update, progress }: Status): string {
  if (update === null) return state;
  const way = `${state}: ${update.from ?? "nothing"} → ${update.to}`;
  return progress === null ? way : `${way}, ${sayProgress(progress)}`;
}

/** How far a download is: `site 43% of 28.6 MiB`. */
export function sayProgress({ component, bytes, total }: Progress): string {
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
  return `${component} ${percent}% of ${sizeText(total)}`;
}

/** An installation's status, one thing a line. @param hasProgram whether the configuration names a program to run */
export function sayStatus(status: Status, hasProgram: boolean): string {
  const { program, agent } = status;
  const rows: [string, string | undefined][] = [
    ["installed", status.installed ?? "nothing"],
    ["before", status.previous ?? undefined],
    ["kept", status.kept.length > 0 ? status.kept.join(", ") : undefined],
    ["state", sayState(status)],
    ["program", sayProgram(program, hasProgram)],
    ["agent", agent.running ? `runs as process ${agent.pid}` : "does not run"],
    ["last check", sayCheck(status.lastCheck)],
    ["waits", status.waiting ?? undefined],
    ["asked for", sayChoices(status.choices)],
    ["next check", status.update === null ? (status.nextCheckAt ?? undefined) : undefined],
    ...status.altered.map((one): [string, string] => ["altered", `${one.version}: ${one.what} (${one.at})`]),
    ...status.held.map((hold): [string, string] => ["not tried", `${hold.version} (${hold.code}: ${hold.reason})`]),
    ...status.troubles.map((trouble): [string, string] => ["trouble", trouble]),
    ["unsent reports", status.unsentReports > 0 ? String(status.unsentReports) : undefined],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(width)}  ${value}`])).join("\n");
}
