import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemCode } from "../disk/failure.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { FrontAddress } from "../program/front.ts";
import type { Updater } from "../updater.ts";

/** What cannot be served is tried again after so long, ms. */
const againMs = 30_000;

/** A server beside the updates, which no update waits for. */
export interface Listening {
  /** 0 while it cannot be served. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Lets a server listen. Where it cannot, as somebody else has its port, the log and `status` say so, and it is tried again until it can.
 * @param options.what what is served, for people, with the member of `agent.yaml` that names its port
 * @param options.onListening is awaited when it listens; where that fails, it is closed and tried again
 * @returns after the first attempt
 */
export async function listenWhenFree(
  server: Server,
  options: {
    readonly address: FrontAddress;
    readonly what: string;
    readonly updater: Pick<Updater, "trouble">;
    readonly clock: Clock;
    readonly log: Log;
    readonly onListening?: (port: number) => Promise<void>;
  },
): Promise<Listening> {
  const { address, what, updater, clock, log, onListening } = options;
  const { host, port: wanted } = address;
  const closed = new AbortController();
  const portNow = (): number => (server.listening ? (server.address() as AddressInfo).port : 0);
  const listens = async (): Promise<boolean> => {
    try {
      const listening = once(server, "listening");
      server.listen(wanted, host);
      await listening;
      await onListening?.(portNow());
      return true;
    } catch (error) {
      if (server.listening) await end(server);
      const why = `${what} cannot be served on ${host}:${wanted} (${systemCode(error) ?? String(error)})`;
      if (!closed.signal.aborted) await updater.trouble(what, why);
      return false;
    }
  };
  const tryAgain = async (): Promise<void> => {
    log.warn("A port cannot be used; updates go on, and it is tried again", { what, port: wanted });
    do await clock.sleep(againMs, closed.signal).catch(() => undefined);
    while (!closed.signal.aborted && !(await listens()));
    if (!closed.signal.aborted) await updater.trouble(what, undefined);
  };
  const trying = (await listens()) ? undefined : tryAgain();
  return {
    get port() {
      return portNow();
    },
    async close() {
      closed.abort();
      await trying;
      await end(server);
    },
  };
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
