import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import packageJson from "../package.json" with { type: "json" };
import { firstToken } from "./access/first-token.ts";
import type { Secrets } from "./analysis/provider.ts";
import { providersOf } from "./analysis/providers.ts";
import { openFileSystemBlobs } from "./blobs/file-system.ts";
import { askWith } from "./checklist/ask.ts";
import { Prober } from "./checklist/prober.ts";
import { type Clock, systemClock } from "./clock/clock.ts";
import { ControlPlane } from "./control-plane/control-plane.ts";
import { ServedFeeds } from "./control-plane/served-feeds.ts";
import { Controller } from "./controller/controller.ts";
import { Leadership } from "./controller/lease.ts";
import { lockDataFolder } from "./data-folder/lock.ts";
import { Discoverer } from "./discovery/discoverer.ts";
import { HookSecrets } from "./hooks/secrets.ts";
import { UpdateCheck } from "./http/check/check.ts";
import { addressReader, type TrustProxy } from "./http/client-address.ts";
import { closeGracefully } from "./http/close.ts";
import { EventStreams } from "./http/event-streams.ts";
import { buildHttp } from "./http/http.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { Notifier } from "./notifications/notifier.ts";
import { readOidcConfig } from "./oidc/config.ts";
import { Identities } from "./oidc/identities.ts";
import { holderName, openStores } from "./open-stores.ts";
import { readinessOf } from "./readiness.ts";
import { type SignedFeeds, signedFeeds } from "./signing/publisher.ts";
import { targetOpener } from "./targets/open.ts";
import { FeedCopies } from "./targets/static/copies.ts";
import { Teardown } from "./teardown.ts";

const defaultPort = 7070;
const builtConsole = fileURLToPath(new URL("../../console/dist", import.meta.url));
const blobBytesMax = 4 * 1024 ** 3;

export interface ServerOptions {
  /** Where everything is kept that is not in a database of its own. Made if it is missing. */
  readonly dataDir: string;
  /** 127.0.0.1 unless told otherwise: whoever wants to be reached from elsewhere says so. */
  readonly host?: string;
  /** 7070 unless told otherwise; 0 takes a free one. */
  readonly port?: number;
  /** `postgres://…` for several nodes; without it, SQLite in the data folder. */
  readonly databaseUrl?: string;
  /** The Prometheus server that queries are put to which name none: `http://127.0.0.1:9090`. */
  readonly prometheusUrl?: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** The folder with the programs that pipelines may run; without it, none may be run. */
  readonly commandsDir?: string;
  /** The folder with the git repositories that pipelines may name by a path; without it, they name addresses. */
  readonly repositoriesDir?: string;
  /** The git repositories, or the beginnings of their addresses, that pipelines may push to; without it, none. */
  readonly pushTo?: readonly string[];
  /** Who may sign tags, as ssh-keygen(1) reads it: `allowed_signers`; without it, nobody. */
  readonly signersFile?: string;
  /** What ssh is to know of the hosts of git repositories, as ssh_config(5) has it; without it, what the server's user has. */
  readonly sshConfig?: string;
  /** The folder to which pipelines may publish static feeds; without it, they name buckets. */
  readonly staticDir?: string;
  /** Docker's `config.json`, with the credentials of registries. */
  readonly dockerConfig?: string;
  /** Where clusters are and who asks them, as kubectl reads it; without it, the cluster that the server runs in. */
  readonly kubeconfig?: string;
  /** Whose identity tokens are taken, and what they are worth; without it, none are. */
  readonly oidcFile?: string;
  /** The secrets that pipelines may name. */
  readonly secrets?: Secrets;
  /** The proxies whose word on where a request comes from is taken; none where it is absent. */
  readonly trustProxy?: TrustProxy;
  /** Where the built console is. */
  readonly consoleDir?: string;
}

export interface RunningServer {
  /** `http://127.0.0.1:7070` */
  readonly url: string;
  readonly port: number;
  /** The secret of the token `admin`, the first time that the server starts on its data; never again. */
  readonly adminToken?: string;
  /** Finishes what was begun, for at most 10 s, and gives everything back. */
  close(): Promise<void>;
}

/**
 * Starts a server: control plane, update server and console. After a kill it starts again without repair.
 * Fails with an OperationalError: DATA_FOLDER_IN_USE, STORE_UNAVAILABLE, DISK_FULL; then nothing of it is left running.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const teardown = new Teardown();
  try {
    return await start(options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function start(options: ServerOptions, teardown: Teardown): Promise<RunningServer> {
  const { dataDir, host = "127.0.0.1", port = defaultPort, databaseUrl, logger, clock = systemClock } = options;
  const { commandsDir, repositoriesDir, signersFile, sshConfig, pushTo, secrets = () => undefined } = options;
  const oidc = options.oidcFile === undefined ? undefined : await readOidcConfig(options.oidcFile);
  const lock = await lockDataFolder(dataDir);
  teardown.add(() => lock.release());
  const stores = await openStores(dataDir, databaseUrl, clock);
  teardown.add(() => stores.close());
  const blobs = await openFileSystemBlobs(join(dataDir, "blobs"));
  const plane = await ControlPlane.open({
    clock,
    ...stores,
    failed: (app, error) => logger.error({ err: error, app }, "what was appended to the log could not be read"),
  });
  teardown.add(() => plane.close());
  const adminToken = await firstToken(plane, dataDir);
  const folders = { keys: join(dataDir, "keys"), feeds: join(dataDir, "feeds") };
  const feeds: SignedFeeds = signedFeeds(folders, clock, (app) => copies.follow(app));
  const copies = new FeedCopies({
    clock,
    secrets,
    blobs,
    folder: options.staticDir,
    state: (app) => plane.state(app),
    repository: (app) => feeds.repository(app),
    failed: (app, error) => logger.warn({ err: error, app }, "signed feeds could not be copied; it is tried again"),
  });
  const holder = holderName(databaseUrl);
  const controller = new Controller({
    plane,
    publisher: feeds,
    openTarget: targetOpener({
      clock,
      secrets,
      folder: commandsDir,
      dockerConfig: options.dockerConfig,
      repositoriesDir,
      sshConfig,
      pushTo,
      kubeconfig: options.kubeconfig,
      copies,
    }),
    holder,
    sharesStore: databaseUrl !== undefined,
    measure: providersOf({ clock, secrets, commandsDir, prometheusUrl: options.prometheusUrl }),
    failed: (app, error) =>
      logger.error({ err: error, app }, "the controller could not do what is due; it tries again"),
  });
  const prober = new Prober({
    plane,
    ask: askWith({ clock, secrets, commandsDir, git: { repositoriesDir, signersFile, sshConfig } }),
    failed: (app, error) =>
      logger.error({ err: error, app }, "what a gate asks could not be answered; it is asked again"),
  });
  const discoverer = new Discoverer({
    plane,
    look: { repositoriesDir, sshConfig, blobs, secrets, folder: commandsDir, dockerConfig: options.dockerConfig },
    failed: (app, error) => logger.error({ err: error, app }, "releases could not be looked for; it is tried again"),
  });
  const notifier = new Notifier({
    plane,
    secrets,
    failed: (app, recipient, error) => logger.warn({ err: error, app, recipient }, "somebody could not be told"),
  });
  const leadership = new Leadership({
    events: stores.events,
    clock,
    holder,
    start: () => {
      copies.start(plane.apps());
      controller.start();
      prober.start();
      discoverer.start();
      notifier.start();
    },
    stop: async () => {
      await Promise.all([controller.stop(), prober.stop(), discoverer.stop(), copies.stop(), notifier.stop()]);
    },
    failed: (error) => logger.warn({ err: error }, "the store could not be asked who leads"),
  });
  const served = new ServedFeeds(plane);
  const check = new UpdateCheck(plane, served, addressReader(options.trustProxy), (app, error) =>
    logger.error({ err: error, app }, "an update check failed, and nobody was let in by it"),
  );
  const streams = new EventStreams(plane);
  const metrics = createMetrics(plane, {
    version: packageJson.version,
    checks: () => check.answered,
    turns: () => controller.turns,
    leads: () => leadership.leads,
    downloads: () => check.downloading(),
    passedOver: () => check.passedOver,
  });
  const readiness = readinessOf(plane, leadership);
  const app = await buildHttp({
    plane,
    blobs,
    random: randomBytes,
    hookSecrets: new HookSecrets(join(dataDir, "hooks")),
    feeds,
    served,
    check,
    streams,
    identities: oidc === undefined ? undefined : new Identities(oidc, clock),
    drift: controller.drift,
    progress: (name) => controller.progress(name),
    metrics,
    logger,
    readiness: readiness.check,
    trustProxy: options.trustProxy,
    consoleDir: options.consoleDir ?? builtConsole,
    blobBytesMax,
    version: packageJson.version,
  });
  await leadership.begin();
  teardown.add(() => leadership.end());
  teardown.add(async () => {
    readiness.shutDown();
    await closeGracefully(app, streams);
  });
  await app.listen({ host, port });
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  await lock.listening(address.port);
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
  logger.info({ url, dataDir }, "listening");
  return {
    url,
    port: address.port,
    ...(adminToken === undefined ? {} : { adminToken }),
    close: () => teardown.run(),
  };
}
