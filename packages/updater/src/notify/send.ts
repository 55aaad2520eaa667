import { readFile } from "node:fs/promises";
import { slackMessage, teamsMessage } from "@sluice/core/notifications/chat.ts";
import { z } from "zod";
import { writeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import type { Board } from "./board.ts";
import type { MailServer } from "./mail.ts";
import type { UpdateNotification } from "./notification.ts";
import { chatMessage, postWebhook } from "./webhook.ts";

/** Where news goes. */
export interface Recipients {
  readonly email: readonly string[];
  readonly mail: MailServer | undefined;
  readonly slack: string | undefined;
  readonly teams: string | undefined;
}

/** So often a message is tried, and how long it rests in between, ms. */
const maxTries = 4;
const firstRestMs = 5_000;
/** So many ids are remembered. */
const maxTold = 200;

/**
 * Sends on what is put up, each piece of news once for each recipient, also over restarts. What cannot be delivered is logged and
 * given up: an update never waits for a chat.
 * @returns a function that ends it
 */
export function sendOn(options: {
  readonly board: Board;
  readonly recipients: Recipients;
  readonly machine: string;
  readonly layout: Layout;
  readonly ports: Ports;
  readonly log: Log;
  readonly signal: AbortSignal;
}): () => void {
  const { board, recipients, layout, ports, log, signal } = options;
  const routes = routesTo(recipients, options.machine);
  let line: Promise<void> = Promise.resolve();
  const deliver = async (notification: UpdateNotification): Promise<void> => {
    const told = await readTold(layout);
    if (told.includes(notification.id)) return;
    await writeDurably(layout.told, JSON.stringify([...told, notification.id].slice(-maxTold)));
    for (const [name, send] of routes)
      await persistently(() => send(notification), ports, signal).catch((error: unknown) =>
        log.warn("A notification could not be delivered", { to: name, why: (error as Error).message }),
      );
  };
  const onNotification = (notification: UpdateNotification): void => {
    line = line.then(() => deliver(notification)).catch(() => undefined);
  };
  if (routes.length > 0) board.events.on("notification", onNotification);
  return () => board.events.off("notification", onNotification);
}

type Route = readonly [name: string, send: (notification: UpdateNotification) => Promise<void>];

function routesTo({ email, mail, slack, teams }: Recipients, machine: string): Route[] {
  return [
    ...(slack === undefined
      ? []
      : [["slack", (one) => postWebhook(slack, slackMessage(chatMessage(one, machine)))] satisfies Route]),
    ...(teams === undefined
      ? []
      : [["teams", (one) => postWebhook(teams, teamsMessage(chatMessage(one, machine)))] satisfies Route]),
    ...(mail === undefined || email.length === 0
      ? []
      : [
          [
            "email",
            async (one) => {
              const { sendMail } = await import("./mail.ts");
              await sendMail(mail, email, one, machine);
            },
          ] satisfies Route,
        ]),
  ];
}

async function persistently(act: () => Promise<void>, { clock }: Ports, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await act();
      return;
    } catch (error) {
      if (tries >= maxTries || signal.aborted) throw error;
      await clock.sleep(firstRestMs * 2 ** (tries - 1), signal);
    }
  }
}

async function readTold(layout: Layout): Promise<string[]> {
  try {
    return z.array(z.string()).parse(JSON.parse(await readFile(layout.told, "utf8")));
  } catch {
    return [];
  }
}
