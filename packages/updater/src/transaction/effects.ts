import { unreachable } from "@sluice/core/errors/unreachable.ts";
import type { Component } from "@sluice/core/release/manifest.ts";
import type { Layout } from "../disk/layout.ts";
import { withReserve } from "../disk/reserve.ts";
import { download, forgetOtherDownloads } from "../download/download.ts";
import { openPace } from "../download/pace.ts";
import { demandSpace } from "../download/space.ts";
import { UpdaterError } from "../errors.ts";
import type { Progress, UpdaterState } from "../events.ts";
import { confirmHealth } from "../health/confirm.ts";
import { switchOff, switchTo, versionFolder } from "../install/current.ts";
import { install, isInstalled, isIntact } from "../install/install.ts";
import type { UpdaterOptions } from "../options.ts";
import type { Ports } from "../ports/ports.ts";
import type { Place } from "../program/command.ts";
import type { Supervisor } from "../program/supervisor.ts";
import type { Perform } from "./execute.ts";
import type { Step } from "./plan.ts";
import type { Transaction } from "./records.ts";
import type { Reporting } from "./report.ts";

/** What the steps of one transaction work with. */
export interface EffectContext {
  readonly layout: Layout;
  readonly options: UpdaterOptions;
  readonly ports: Ports;
  readonly program: Supervisor | undefined;
  readonly reporting: Reporting;
  /** What is downloaded; absent when an open transaction is gone on with, which needs no download any more. */
  readonly components?: readonly Component[];
  readonly blobs: string;
  readonly onState: (state: UpdaterState) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

const stateOf: Readonly<Partial<Record<Step["effect"], UpdaterState["name"]>>> = {
  download: "downloading",
  install: "installing",
  switch: "switching",
  start: "switching",
  confirm: "confirming",
  "switch-back": "rolling-back",
  "confirm-old": "rolling-back",
};

/** The effects of the steps, with how long each took noted for the report. */
export function effects(context: EffectContext): Perform {
  const tookMs: Record<string, number> = {};
  return async (step, transaction) => {
    const name = stateOf[step.effect];
    const version = name === "rolling-back" ? transaction.from : transaction.to;
    if (name !== undefined) context.onState({ name, ...(version === undefined ? {} : { version }) });
    const begun = context.ports.clock.now();
    await perform(step, transaction, context, tookMs);
    tookMs[step.effect] = context.ports.clock.now() - begun;
  };
}

async function perform(
  step: Step,
  transaction: Transaction,
  context: EffectContext,
  tookMs: Readonly<Record<string, number>>,
): Promise<void> {
  const { layout, reporting, program } = context;
  const { from, to } = transaction;
  switch (step.effect) {
    case "none":
      return;
    case "download":
      return await downloadAll(transaction, context);
    case "install":
      return await installOnce(transaction, context);
    case "switch":
      await program?.stop();
      return await withReserve(layout, () => switchTo(layout, to));
    case "start":
      return await program?.start(placeOf(layout, to), false);
    case "confirm":
      if (program !== undefined && program.watching() !== to) await program.start(placeOf(layout, to), false);
      await confirm(context, to, false);
      return program?.keepRunning();
    case "switch-back":
      await program?.stop();
      return await withReserve(layout, () => (from === undefined ? switchOff(layout) : switchTo(layout, from)));
    case "confirm-old":
      if (from === undefined) return;
      await program?.start(placeOf(layout, from), true);
      return await confirm(context, from, true);
    case "report-success":
      return await reporting.success(transaction, tookMs);
    case "report-rollback":
      return await reporting.rolledBack(transaction, tookMs);
    case "report-failure":
      if (step.kept) program?.keepRunning();
      return await reporting.failed(transaction, step, tookMs);
    default:
      return unreachable(step);
  }
}

async function downloadAll(transaction: Transaction, context: EffectContext): Promise<void> {
  const { layout, components, signal } = context;
  const { to, manifest } = transaction;
  await context.reporting.begun(transaction);
  if (await isReady(layout, to, manifest)) return;
  if (components === undefined || manifest === undefined)
    throw new UpdaterError("INSTALLATION_DAMAGED", `Version ${to} is not in ${layout.versions} any more`);
  await forgetOtherDownloads(layout, components);
  await demandSpace(layout.folder, components);
  const { ports, blobs, onProgress } = context;
  const { stallMs = 30_000, bytesPerSecond } = context.options;
  const pace = bytesPerSecond === undefined ? undefined : openPace(bytesPerSecond, ports.clock);
  for (const component of components)
    await download(component, { layout, ports, blobs, stallMs, pace, onProgress, signal });
}

async function installOnce(
  { to, manifest }: Transaction,
  { layout, components, signal }: EffectContext,
): Promise<void> {
  if (components === undefined || manifest === undefined || (await isReady(layout, to, manifest))) return;
  await install(layout, { version: to, manifest, components }, signal);
}

/** Whether a version is here already, as it is after going back to it. */
async function isReady(layout: Layout, version: string, manifest: string | undefined): Promise<boolean> {
  return manifest === undefined ? await isInstalled(layout, version) : await isIntact(layout, version, manifest);
}

async function confirm(context: EffectContext, version: string, patient: boolean): Promise<void> {
  const { options, ports, program, layout, signal } = context;
  await confirmHealth({
    ports,
    check: options.health,
    program,
    place: placeOf(layout, version),
    timeoutMs: options.rollback.healthCheckTimeoutMs,
    patient,
    signal,
  });
}

/** Where a version's program is started. */
export function placeOf(layout: Layout, version: string): Place {
  return { folder: versionFolder(layout, version), version };
}
