import type { ChatMessage } from "@sluice/core/notifications/chat.ts";
import type { UpdateNotification } from "./notification.ts";

/** A notification as chats show it: with the machine that it is about. */
export function chatMessage({ title, description, type }: UpdateNotification, machine: string): ChatMessage {
  return { level: type, title: `${title} on ${machine}`, text: description };
}

/** Longest that a webhook may take, ms. */
const timeoutMs = 10_000;

/**
 * Posts a message.
 * @throws Error that names the host alone: the rest of a webhook's address is its secret
 */
export async function postWebhook(url: string, message: object): Promise<void> {
  const { host } = new URL(url);
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => {
    throw new Error(`${host} cannot be reached`);
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${host} answered ${response.status}`);
}
