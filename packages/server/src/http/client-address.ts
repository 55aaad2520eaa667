import type { IncomingMessage } from "node:http";
import { isIPv4 } from "node:net";
import proxyAddr from "@fastify/proxy-addr";

/** Where a request comes from; undefined when its connection is gone. */
export type AddressOf = (request: IncomingMessage) => string | undefined;

/** Whether an address is a proxy whose word is taken, as Fastify asks for it. */
export type TrustProxy = (address: string, hop: number) => boolean;

/**
 * Reads which proxies are trusted: addresses and networks such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`.
 * @throws TypeError when one is none of these.
 */
export function trustedProxies(names: readonly string[]): TrustProxy {
  return proxyAddr.compile([...names]);
}

/** The address of who asks: that of the connection or, as long as trusted proxies pass it on, what they say in `X-Forwarded-For`. */
export function addressReader(trust: TrustProxy | undefined): AddressOf {
  return trust === undefined ? ({ socket }) => socket.remoteAddress : (request) => proxyAddr(request, trust);
}

/** This machine: programs on it, and proxies that nobody named. */
export function isLoopback(address: string): boolean {
  return plain(address).startsWith("127.") || address === "::1";
}

/** What one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 address (RFC 6177, section 2). */
export function networkOf(address: string): string {
  const known = plain(address);
  if (isIPv4(known)) return known;
  const [head = "", tail] = known.split("::");
  const first = head.split(":");
  if (tail === undefined) return first.slice(0, 4).join(":");
  const last = tail.split(":");
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => "0"), ...last]
    .slice(0, 4)
    .join(":");
}

/** IPv4 addresses that come in the clothes of IPv6. */
function plain(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
