import { join } from "node:path";
import { unreachable } from "@sluice/core/errors/unreachable.ts";
import type { Component } from "@sluice/core/release/manifest.ts";
import type { Change, ComponentDriver } from "../components/component.ts";
import { syncPath } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import { download, forgetOtherDownloads, isDownloaded } from "../download/download.ts";
import { openPace } from "../download/pace.ts";
import { installedFiles, takeInstalled } from "../download/reuse.ts";
import { demandSpace } from "../download/space.ts";
import { UpdaterError } from "../errors.ts";
import type { Progress, UpdaterState } from "../events.ts";
import { confirmHealth } from "../health/confirm.ts";
import { versionFolder } from "../install/current.ts";
import { install, isInstalled, isIntact } from "../install/install.ts";
import type { UpdaterOptions } from "../options.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import type { Place } from "../program/command.ts";
import type { Supervisor } from "../program/supervisor.ts";
import type { Perform } from "./execute.ts";
import { askHook, type Moment } from "./hooks.ts";
import type { Step } from "./plan.ts";
import type { Transaction } from "./records.ts";
import type { Reporting } from "./report.ts";

/** What the steps of one transaction work with. */
export interface EffectContext {
  readonly layout: Layout;
  readonly options: UpdaterOptions;
  readonly ports: Ports;
  readonly log: Log;
  readonly program: Supervisor | undefined;
  readonly drivers: readonly ComponentDriver[];
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
  prepare: "preparing",
  apply: "switching",
  confirm: "confirming",
  finish: "finishing",
  restore: "rolling-back",
  "confirm-old": "rolling-back",
};

/** What the updater is doing during a step. A version that nobody sends, as on a way back by hand, is here: nothing is downloaded or installed. */
function stateDuring({ effect }: Step, { manifest }: Transaction): UpdaterState["name"] | undefined {
  return manifest === undefined && (effect === "download" || effect === "install") ? undefined : stateOf[effect];
}

/** The effects of the steps, with how long each took noted for the report. */
export function effects(context: EffectContext): Perform {
  const tookMs: Record<string, number> = {};
  return async (step, transaction) => {
    const name = stateDuring(step, transaction);
    const version = name === "rolling-back" ? transaction.from : transaction.to;
    if (name !== undefined) context.onState({ name, ...(version === undefined ? {} : { version }) });
    // Nobody is asked on the way back, and of the components' turns only before the first and after the last.
    const { parts, applied } = transaction;
    const asked = name !== undefined && name !== "rolling-back" ? name : undefined;
    if (asked !== undefined && (step.effect !== "apply" || applied.length === 0))
      await ask("before", asked, transaction, context);
    const begun = context.ports.clock.now();
    await perform(step, transaction, context, tookMs);
    tookMs[step.effect] = (tookMs[step.effect] ?? 0) + context.ports.clock.now() - begun;
    if (asked !== undefined && (step.effect !== "apply" || applied.length === parts.length - 1))
      await ask("after", asked, transaction, context);
  };
}

async function ask(
  when: Moment["when"],
  state: string,
  { from, to }: Transaction,
  { options, ports, log, signal }: EffectContext,
): Promise<void> {
  if (options.hook === undefined) return;
  const patienceMs = options.hookPatienceMs ?? 1_800_000;
  await askHook(options.hook, { when, state, from, to }, { patienceMs, ports, log, signal });
}

async function perform(
  step: Step,
  transaction: Transaction,
  context: EffectContext,
  tookMs: Readonly<Record<string, number>>,
): Promise<void> {
  const { layout, reporting, program, signal } = context;
  const { from, to } = transaction;
  switch (step.effect) {
    case "none":
      return;
    case "download":
      return await downloadAll(transaction, context);
    case "install":
      return await installOnce(transaction, context);
    case "prepare":
      return await forEachDriver(context.drivers, (driver) =>
        driver.prepare(changeOf(transaction, driver, context), signal),
      );
    case "apply": {
      const driver = driverOf(step.part, context);
      return await driver.apply(changeOf(transaction, driver, context), signal);
    }
    case "confirm":
      if (program !== undefined && program.watching() !== to) await program.start(placeOf(layout, to), false);
      await confirm(context, to, false);
      return program?.keepRunning();
    case "finish":
      return await forEachDriver(context.drivers, (driver) =>
        driver.finish(changeOf(transaction, driver, context), signal),
      );
    case "restore":
      return await restore(transaction, context);
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
  const { ports, log, blobs, onProgress } = context;
  const { stallMs = 30_000, bytesPerSecond } = context.options;
  const pace = bytesPerSecond === undefined ? undefined : openPace(bytesPerSecond, ports.clock);
  const installed = await installedFiles(layout);
  for (const component of components) {
    const { name, sha256 } = component;
    if (await isDownloaded(layout, component)) continue;
    const version = await takeInstalled(component, { layout, installed, signal });
    if (version === undefined) await download(component, { layout, ports, blobs, stallMs, pace, onProgress, signal });
    else log.info("A component did not change and is not downloaded", { component: name, from: version, sha256 });
  }
}

async function installOnce(
  { to, manifest }: Transaction,
  { layout, components, drivers, signal }: EffectContext,
): Promise<void> {
  if (components === undefined || manifest === undefined) return;
  // Who installed it may have been killed before its name was safe from a power failure.
  if (await isReady(layout, to, manifest)) return await syncPath(layout.versions);
  const stage = (name: string, folder: string) => drivers.find((driver) => driver.name === name)?.stage?.(folder, to);
  await install(layout, { version: to, manifest, components, stage }, signal);
}

/** Whether a version is here already, as it is after going back to it. */
async function isReady(layout: Layout, version: string, manifest: string | undefined): Promise<boolean> {
  return manifest === undefined ? await isInstalled(layout, version) : await isIntact(layout, version, manifest);
}

async function confirm(context: EffectContext, version: string, patient: boolean): Promise<void> {
  const { options, ports, program, layout, signal } = context;
  await confirmHealth({
    ports,
    checks: options.health ?? [],
    drivers: context.drivers,
    program,
    place: placeOf(layout, version),
    timeoutMs: options.rollback.healthCheckTimeoutMs,
    patient,
    signal,
  });
}

async function forEachDriver(
  drivers: readonly ComponentDriver[],
  act: (driver: ComponentDriver) => Promise<void>,
): Promise<void> {
  for (const driver of drivers) await act(driver);
}

/** Takes every component back that may have been touched, the last first; one that fails does not keep the others from it. */
async function restore(transaction: Transaction, context: EffectContext): Promise<void> {
  const { parts, applied } = transaction;
  const failures: string[] = [];
  for (const part of parts.slice(0, applied.length + 1).toReversed()) {
    try {
      const driver = driverOf(part, context);
      await driver.revert(changeOf(transaction, driver, context));
    } catch (error) {
      if (!(error instanceof UpdaterError)) throw error;
      failures.push(error.message);
    }
  }
  if (failures.length > 0) throw new UpdaterError("ROLLBACK_FAILED", failures.join("; "));
}

function driverOf(part: string, { drivers }: EffectContext): ComponentDriver {
  const driver = drivers.find(({ name }) => name === part);
  if (driver !== undefined) return driver;
  throw new UpdaterError(
    "CONFIG_INVALID",
    `The component ${part} is not configured any more: put it back into the configuration`,
  );
}

function changeOf({ id, from, to }: Transaction, { name }: ComponentDriver, { layout }: EffectContext): Change {
  return {
    id,
    ...(from === undefined ? {} : { from: placeOf(layout, from) }),
    to: placeOf(layout, to),
    backup: join(layout.backups, id, name.replace("@", "")),
  };
}

/** Where a version's program is started. */
export function placeOf(layout: Layout, version: string): Place {
  return { folder: versionFolder(layout, version), version };
}
