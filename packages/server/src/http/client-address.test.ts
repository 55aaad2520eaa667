import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { addressReader, isLoopback, networkOf, trustedProxies } from "./client-address.ts";

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
    socket: { remoteAddress },
  }) as unknown as IncomingMessage;

test("an address is that of the connection, whatever anybody says, as long as no proxy is trusted", () => {
  const addressOf = addressReader(undefined);
  expect(addressOf(request("203.0.113.9", "198.51.100.1"))).toBe("203.0.113.9");
  expect(addressOf(request(undefined))).toBeUndefined();
});

test("of trusted proxies' word, as much is taken as they can know", () => {
  const addressOf = addressReader(trustedProxies(["10.0.0.0/8", "loopback"]));
  expect(addressOf(request("10.1.2.3", "198.51.100.1"))).toBe("198.51.100.1");
  expect(addressOf(request("10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9"))).toBe("198.51.100.1");
  expect(addressOf(request("203.0.113.9", "198.51.100.1"))).toBe("203.0.113.9");
  expect(addressOf(request("127.0.0.1"))).toBe("127.0.0.1");
  expect(addressOf(request(undefined, "198.51.100.1"))).toBeUndefined();
  expect(() => trustedProxies(["10.0.0.0/99"])).toThrow(TypeError);
});

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8:0:0"],
  ["2001:db8:1:2::", "2001:db8:1:2"],
  ["fe80::1%eth0", "fe80:0:0:0"],
])("the network of %s is %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("this machine is known in every notation", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) expect(isLoopback(address)).toBe(true);
  for (const address of ["128.0.0.1", "::2", "203.0.113.9"]) expect(isLoopback(address)).toBe(false);
});
