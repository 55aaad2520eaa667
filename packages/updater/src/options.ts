import type { Identity } from "./check/identity.ts";
import type { ComponentOptions } from "./components/options.ts";
import type { HealthCheck } from "./health/probe.ts";
import type { Log } from "./ports/log.ts";
import type { Ports } from "./ports/ports.ts";
import type { Command } from "./program/command.ts";
import type { FrontAddress } from "./program/front.ts";
import type { Hook } from "./transaction/hooks.ts";
import type { Journal } from "./transaction/journal.ts";
import type { TrustedFeeds } from "./verify/trusted-feeds.ts";

/** What an updater needs to know. Durations in ms. */
export interface UpdaterOptions {
  /** Where versions live; everything that the updater keeps is in here. Made when it is not there. */
  readonly folder: string;
  /** Address of the update server, for example `https://updates.example.com`. */
  readonly server: string;
  /** The server has the signed feeds as files, and nothing else: what is offered follows from them alone. */
  readonly filesOnly?: boolean;
  /** Address of the server that is told how updates went; absent: the update server is, or nobody where that has files only. */
  readonly reports?: string;
  readonly identity: Identity;
  /** Opens the signed feeds; called at the first offer. See `openTrustedFeeds`. */
  readonly trustedFeeds: () => Promise<TrustedFeeds>;
  /** The bearer token for reports and checks; read for each. */
  readonly token?: () => Promise<string | undefined>;
  /** What is stopped and started around an update; absent: nothing is. */
  readonly program?: {
    readonly command: Command;
    readonly stopTimeoutMs: number;
    /** Where people reach the program: then a new version is started beside the old one, on the port `{port}`, and no request is lost. */
    readonly beside?: FrontAddress & { /** So long the last requests may take, ms. */ readonly drainMs: number };
  };
  /** Absent: a version counts as healthy as soon as its program was started, which proves little. */
  readonly health?: readonly HealthCheck[];
  /** How components of the releases are treated, by name. Those that are not named are files beside the program. */
  readonly components?: Readonly<Record<string, ComponentOptions>>;
  /** When the program's turn is among the components. Default 50. */
  readonly programOrder?: number;
  /** Asked before and after each state of an update. */
  readonly hook?: Hook;
  /** So long a hook may put an update off, ms. Default 30 min. */
  readonly hookPatienceMs?: number;
  readonly rollback: {
    /** Whether an unhealthy version is replaced by the one before it. */
    readonly automatic: boolean;
    /** How long a version has to become healthy. */
    readonly healthCheckTimeoutMs: number;
    /** So long after an update the program's deaths are counted: the third one takes the version back. Default 10 min. */
    readonly probationMs?: number;
    /** How many versions are kept on disk; the current and the previous one always are. */
    readonly keepVersions: number;
  };
  /** Changes when the configuration does: a version that failed is then tried again. */
  readonly configuration?: string;
  /** A download in which nothing arrives for so long is begun again where it stopped. Default 30 s. */
  readonly stallMs?: number;
  /** How fast components are downloaded at most, bytes a second; absent: as fast as they come. */
  readonly bytesPerSecond?: number;
  readonly log?: Log;
  readonly ports?: Ports;
  /** Opens the journal; for tests and simulation. */
  readonly openJournal?: (path: string, log: Log) => Promise<Journal>;
  /** Takes the installation for one process alone, and gives a way to give it back; for simulation, where no kernel does. */
  readonly takeLock?: () => () => void;
}
