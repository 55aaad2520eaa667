import { createHmac, timingSafeEqual } from "node:crypto";

const form = /^sha256=([0-9a-f]{64})$/;

/** Whether a header has the form of GitHub's `X-Hub-Signature-256`. */
export function isSignature(header: unknown): header is string {
  return typeof header === "string" && form.test(header);
}

/**
 * Whether a body was signed with a secret, as GitHub does: HMAC-SHA-256 of the bytes as they were sent, compared in constant time.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function isSignedWith(secret: string, body: Uint8Array, header: string): boolean {
  const sent = form.exec(header)?.[1];
  if (sent === undefined) return false;
  return timingSafeEqual(Buffer.from(sent, "hex"), createHmac("sha256", secret).update(body).digest());
}
