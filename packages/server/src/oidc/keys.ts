import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { isLoopback } from "./config.ts";

/** How long an issuer may take, in ms, what it may say, in bytes, and how long its keys are believed, in ms. */
const answerMs = 5_000;
const answerBytesMax = 256_000;
const keysMs = 600_000;
/** Unknown key ids do not make the server ask more often than this, in ms. */
const cooldownMs = 30_000;

const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/**
 * The keys that an issuer signs with, found by its discovery document (OpenID Connect Discovery 1.0, clause 4), cached by jose.
 * Rejects where the issuer does not answer, or answers for another.
 */
export async function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await bounded(address, { signal: AbortSignal.timeout(answerMs) });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const { issuer: said, jwks_uri: keys } = discoverySchema.parse(await response.json());
  if (said !== issuer) throw new Error(`${address} is about ${said}`);
  const url = new URL(keys);
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) throw new Error(`${address} names keys without https`);
  return createRemoteJWKSet(url, {
    timeoutDuration: answerMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: keysMs,
    [customFetch]: bounded,
  });
}

/** As `fetch`, without redirects, and with an end. */
async function bounded(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "error" });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`${url} says more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers });
}
