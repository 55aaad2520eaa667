import { hostname } from "node:os";
import type { Layout } from "../disk/layout.ts";
import { openBoard } from "../notify/board.ts";
import { follow } from "../notify/follow.ts";
import { sendOn } from "../notify/send.ts";
import type { Log } from "../ports/log.ts";
import { systemPorts } from "../ports/ports.ts";
import type { Updater } from "../updater.ts";
import type { AgentConfig } from "./config.ts";

/**
 * What an agent shows and tells of its updates: the local page, and messages to people.
 * @returns a function that ends it
 */
export async function openSurroundings(options: {
  readonly config: AgentConfig;
  readonly updater: Updater;
  readonly layout: Layout;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<() => Promise<void>> {
  const { config, updater, layout, log, signal } = options;
  const { app, channel, clientId, notifications: recipients } = config;
  const board = openBoard();
  const ports = systemPorts;
  const machine = clientId ?? hostname();
  const ends: (() => void | Promise<void>)[] = [
    follow(updater, board, app, ports.clock),
    sendOn({ board, recipients, machine, layout, ports, log, signal }),
  ];
  if (config.localPort !== undefined) {
    // Loaded only where it is wanted: most machines have nobody who looks.
    const { serveLocally } = await import("../local/server.ts");
    const identity = { app, channel };
    const served = await serveLocally({ updater, board, layout, identity, port: config.localPort, log, ports, signal });
    ends.push(served.close);
  }
  if (config.pages !== undefined) {
    const { servePageEvents } = await import("../components/page-events.ts");
    ends.push((await servePageEvents(updater, config.pages, { log, clock: ports.clock })).close);
  }
  return async () => {
    for (const end of ends) await end();
  };
}
