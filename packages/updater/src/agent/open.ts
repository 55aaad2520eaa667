import { type Layout, layoutOf } from "../disk/layout.ts";
import type { UpdaterOptions } from "../options.ts";
import type { Log } from "../ports/log.ts";
import { openUpdater, type Updater } from "../updater.ts";
import { clientIdOf } from "./client-id.ts";
import type { AgentConfig } from "./config.ts";
import { hookCommands } from "./hook-commands.ts";

/** What an updater is told by an agent's configuration. */
async function updaterOptions(config: AgentConfig, log: Log): Promise<UpdaterOptions> {
  const layout = layoutOf(config.folder);
  const { app, server, root } = config;
  const hook = hookCommands(config.hooks.commands, config.hooks.retryAfterMs, log);
  return {
    folder: config.folder,
    server,
    filesOnly: config.filesOnly,
    ...(config.reports === undefined ? {} : { reports: config.reports }),
    identity: {
      app,
      clientId: config.clientId ?? (await clientIdOf(layout)),
      channel: config.channel,
      platform: config.platform,
      attributes: config.attributes,
    },
    // Loaded at the first offer: an agent that finds nothing new starts without it.
    trustedFeeds: async () => {
      const { openTrustedFeeds } = await import("../verify/trusted-feeds.ts");
      const baseUrl = new URL(`feeds/${app}`, server.endsWith("/") ? server : `${server}/`).href;
      return await openTrustedFeeds({ app, baseUrl, pinnedRoot: root, folder: layout.trusted });
    },
    ...(config.token === undefined ? {} : { token: config.token }),
    ...(config.program === undefined ? {} : { program: config.program }),
    health: config.health,
    components: config.components,
    programOrder: config.programOrder,
    ...(hook === undefined ? {} : { hook }),
    hookPatienceMs: config.hooks.patienceMs,
    ...(config.downloadLimit === undefined ? {} : { bytesPerSecond: config.downloadLimit }),
    rollback: config.rollback,
    configuration: config.fingerprint,
    log,
  };
}

/** Opens the updater that a configuration describes. */
export async function openAgent(config: AgentConfig, log: Log): Promise<{ updater: Updater; layout: Layout }> {
  return { updater: await openUpdater(await updaterOptions(config, log)), layout: layoutOf(config.folder) };
}
