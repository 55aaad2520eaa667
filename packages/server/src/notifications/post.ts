import { slackMessage, teamsMessage } from "@sluice/core/notifications/chat.ts";
import type { Recipient } from "@sluice/core/notifications/schema.ts";
import { withDeadline } from "../analysis/deadline.ts";
import type { Clock } from "../clock/clock.ts";
import { mail } from "./mail.ts";
import type { News } from "./news.ts";

/** How somebody is told; fails where they cannot be. */
export type Post = typeof post;

/** Longest that an address may take to answer, ms. */
const timeoutMs = 10_000;

/**
 * Tells one recipient. Told twice after a crash, it can be known by its header `Sluice-Event`: APP/SEQ.
 * @throws Error that names the host alone: the rest of an address is its secret
 */
export async function post(
  kind: Recipient["kind"],
  address: string,
  news: News,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const url = URL.parse(address);
  if (kind === "mail") {
    if (url === null || !/^smtps?:$/.test(url.protocol)) throw new Error("its address is no smtp or smtps address");
    return mail(url, news, signal);
  }
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("its address is no http or https address");
  const message = kind === "slack" ? slackMessage(news) : kind === "teams" ? teamsMessage(news) : news;
  const response = await withDeadline(clock, timeoutMs, signal, (within) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "sluice-event": `${news.app}/${news.seq}` },
      body: JSON.stringify(message),
      redirect: "error",
      signal: within,
    }),
  ).catch(() => {
    throw new Error(`${url.host} cannot be reached`);
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url.host} answered ${response.status}`);
}
