import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * Whether a request names this machine as its host. A page from elsewhere that made its name point here (DNS rebinding) names
 * itself.
 */
export function isLocalHost({ headers }: IncomingMessage): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(headers.host ?? "");
}

/** Whether a request shows the token, which only who may read the installation's folder knows. Compared in constant time. */
export function showsToken({ headers }: IncomingMessage, token: string): boolean {
  const shown = Buffer.from(/^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1] ?? "");
  const wanted = Buffer.from(token);
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}
