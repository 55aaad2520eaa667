import type { UpdateNotification } from "./notification.ts";

/** What a Slack incoming webhook takes (Slack API, "Sending messages using incoming webhooks"). */
export function slackMessage({ title, description, type }: UpdateNotification, machine: string): object {
  // Slack asks that these three be escaped, so that no text can make a mention or a link.
  const plain = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return {
    text: `${type === "info" ? "" : `[${type}] `}*${plain(title)}* on ${plain(machine)}\n${plain(description)}`,
  };
}

/** What a Teams webhook takes: a message with one Adaptive Card (version 1.2). */
export function teamsMessage({ title, description, type }: UpdateNotification, machine: string): object {
  const color = { info: "Default", warning: "Warning", critical: "Attention" }[type];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.2",
    body: [
      { type: "TextBlock", size: "Medium", weight: "Bolder", color, text: `${title} on ${machine}`, wrap: true },
      { type: "TextBlock", text: description, wrap: true },
    ],
  };
  return { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }] };
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
