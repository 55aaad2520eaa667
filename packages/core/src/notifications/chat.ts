/** A message as chats show it. */
export interface ChatMessage {
  readonly level: "info" | "warning" | "critical";
  readonly title: string;
  readonly text: string;
}

/** What a Slack incoming webhook takes (Slack API, "Sending messages using incoming webhooks"). */
export function slackMessage({ level, title, text }: ChatMessage): object {
  // Slack asks that these three be escaped, so that no text can make a mention or a link.
  const plain = (words: string) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return { text: `${level === "info" ? "" : `[${level}] `}*${plain(title)}*\n${plain(text)}` };
}

/** What a Teams webhook takes: a message with one Adaptive Card (version 1.2). */
export function teamsMessage({ level, title, text }: ChatMessage): object {
  const color = { info: "Default", warning: "Warning", critical: "Attention" }[level];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.2",
    body: [
      { type: "TextBlock", size: "Medium", weight: "Bolder", color, text: title, wrap: true },
      { type: "TextBlock", text, wrap: true },
    ],
  };
  return { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }] };
}
