import { type Answer, openAsking } from "./check/ask.ts";
import { askFeeds } from "./check/ask-feeds.ts";
import type { Identity } from "./check/identity.ts";
import type { ComponentDriver } from "./components/component.ts";
import { openDrivers } from "./components/open-drivers.ts";
import { makeFolder } from "./disk/durable.ts";
import type { Layout } from "./disk/layout.ts";
import type { Progress, UpdateResult, UpdaterState } from "./events.ts";
import type { Stamps } from "./integrity/compare.ts";
import type { UpdaterOptions } from "./options.ts";
import { type Log, silentLog } from "./ports/log.ts";
import { type Ports, systemPorts } from "./ports/ports.ts";
import { openProgram } from "./program/open-program.ts";
import type { Supervisor } from "./program/supervisor.ts";
import { noOutbox, type Outbox, openOutbox } from "./reports/outbox.ts";
import type { TrustedFeeds } from "./verify/trusted-feeds.ts";

/** So much is remembered of what was said already. */
const maxSaid = 1_000;

/** What one updater is made of, for as long as it lives. */
export interface Parts {
  readonly layout: Layout;
  readonly options: UpdaterOptions;
  readonly identity: Identity;
  readonly configuration: string;
  readonly ports: Ports;
  readonly log: Log;
  readonly program: Supervisor | undefined;
  /** The program and the configured components, in the order in which they are changed. */
  readonly drivers: readonly ComponentDriver[];
  readonly outbox: Outbox;
  /** Where components are downloaded from: a digest is appended. */
  readonly blobs: string;
  ask(headers: Record<string, string>, signal?: AbortSignal): Promise<Answer>;
  /** Opens the signed feeds at the first call. */
  trusted(): Promise<TrustedFeeds>;
  /** Whether something was not said before by this process. */
  isNews(what: string): boolean;
  /** What was found as it was installed. */
  readonly stamps: Stamps;
  /** Runs what needs doing once in this process. */
  onceTidy(tidy: () => Promise<void>): Promise<void>;
  onState(state: UpdaterState): void;
  onProgress(progress: Progress): void;
  onReport(): void;
  onEnded(result: UpdateResult): void;
}

/** Whether there is anybody to be told how updates went. */
function tells({ filesOnly, reports }: UpdaterOptions): boolean {
  return filesOnly !== true || reports !== undefined;
}

export async function assemble(
  layout: Layout,
  options: UpdaterOptions,
  hooks: Pick<Parts, "onState" | "onProgress" | "onReport" | "onEnded"> & { onDeath(version: string): void },
): Promise<Parts> {
  const { ports = systemPorts, log = silentLog, identity } = options;
  const server = options.server.endsWith("/") ? options.server : `${options.server}/`;
  await makeFolder(layout.folder);
  let trusted: Promise<TrustedFeeds> | undefined;
  const said = new Set<string>();
  let tidied = false;
  const { program, driver } = openProgram({ layout, options, ports, log, onDeath: hooks.onDeath });
  const openTrusted = () => {
    trusted ??= options.trustedFeeds().catch((error: unknown) => {
      trusted = undefined;
      throw error;
    });
    return trusted;
  };
  return {
    layout,
    options,
    identity,
    configuration: options.configuration ?? "",
    ports,
    log,
    program,
    drivers: openDrivers(driver, options.components ?? {}, log),
    outbox: tells(options) ? await openOutbox(layout, log) : noOutbox,
    blobs: new URL(`feeds/${identity.app}/blobs/`, server).href,
    ask: options.filesOnly === true ? askFeeds(openTrusted, identity) : openAsking(server, ports, options.token),
    trusted: openTrusted,
    isNews(what) {
      if (said.size >= maxSaid) said.clear();
      return said.size !== said.add(what).size;
    },
    stamps: new Map(),
    async onceTidy(tidy) {
      if (tidied) return;
      await tidy();
      tidied = true;
    },
    onState: hooks.onState,
    onProgress: hooks.onProgress,
    onReport: hooks.onReport,
    onEnded: hooks.onEnded,
  };
}
