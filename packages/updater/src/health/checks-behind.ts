import type { FrontAddress } from "../program/front.ts";
import type { HealthCheck } from "./probe.ts";

/**
 * What a version is asked that is not in front yet: that it listens, and what is else asked of it through the front, on its own port.
 * Pages, commands and what else stands in the configuration are asked of the whole, when it is in front.
 */
export function checksBehind(checks: readonly HealthCheck[], front: FrontAddress, port: number): HealthCheck[] {
  const direct = checks.flatMap((check): HealthCheck[] => {
    if (!("http" in check)) return [];
    const url = new URL(check.http.url);
    const isFront = url.protocol === "http:" && url.port === String(front.port);
    if (!isFront) return [];
    url.hostname = "127.0.0.1";
    url.port = String(port);
    return [{ http: { ...check.http, url: url.href } }];
  });
  return [{ listens: port }, ...direct];
}
