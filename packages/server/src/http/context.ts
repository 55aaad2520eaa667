import type { FindProgress } from "@sluice/core/targets/progress.ts";
import type { Logger } from "pino";
import type { RandomBytes } from "../access/secret.ts";
import type { BlobStore } from "../blobs/store.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { ServedFeeds } from "../control-plane/served-feeds.ts";
import type { Drift } from "../controller/drift.ts";
import type { HookSecrets } from "../hooks/secrets.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Identities } from "../oidc/identities.ts";
import type { SignedFeeds } from "../signing/publisher.ts";
import type { UpdateCheck } from "./check/check.ts";
import type { TrustProxy } from "./client-address.ts";
import type { EventStreams } from "./event-streams.ts";

/** Whether the server can do its work, and what was looked at. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** All that the routes stand on. */
export interface HttpContext {
  readonly plane: ControlPlane;
  readonly blobs: BlobStore;
  readonly hookSecrets: HookSecrets;
  readonly feeds: SignedFeeds;
  /** What secrets are made of. */
  readonly random: RandomBytes;
  /** What update checks are answered from. */
  readonly served: ServedFeeds;
  readonly check: UpdateCheck;
  /** Of builds; undefined: none are taken. */
  readonly identities: Pick<Identities, "verify"> | undefined;
  readonly streams: EventStreams;
  readonly drift: Drift;
  /** How far the targets of an application are that this node is moving. */
  readonly progress: (app: string) => FindProgress;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly readiness: () => Promise<Readiness>;
  /** The proxies whose word on where a request comes from is taken; none where it is absent. */
  readonly trustProxy: TrustProxy | undefined;
  /** The built console, if it is there. */
  readonly consoleDir: string;
  /** Largest content taken, in bytes. */
  readonly blobBytesMax: number;
  readonly version: string;
}
