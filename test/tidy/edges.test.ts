import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/**
 * Where production code meets the world. The simulation puts its own clock, timers, network, disk and randomness in the place of these, so
 * nothing else may read them: what did would not be repeated by a seed. Test doubles and stand-ins of real systems are edges as well.
 */
const root = join(import.meta.dirname, "..", "..");
const files = execFileSync("git", ["ls-files", "packages/core/src", "packages/server/src", "packages/updater/src"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path.endsWith(".ts") && !/\.test\.ts$|\/testing\/|contract\.ts$/.test(path))
  .map((path) => ({ path: path.replace("packages/", "").replace("/src/", "/"), text: read(join(root, path)) }));

function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** Files and folders, from their packages on. */
const edges: Readonly<Record<string, { readonly pattern: RegExp; readonly allowed: readonly string[] }>> = {
  "the time": {
    pattern: /Date\.now|new Date\(\)|performance\.now|Temporal\.Now/,
    allowed: [
      "server/clock/",
      "server/data-folder/",
      "server/http/test-server.ts",
      "server/analysis/debian-server.ts",
      "updater/ports/clock.ts",
      // Log lines of a command, how long a request took, and what a library says of a signature.
      "updater/agent/commands.ts",
      "updater/verify/",
    ],
  },
  timers: {
    pattern: /\bset(?:Timeout|Interval|Immediate)\(|node:timers|AbortSignal\.timeout/,
    allowed: [
      "server/oidc/keys.ts",
      "server/clock/",
      "server/log/postgres/",
      "server/log/sqlite/",
      "server/data-folder/",
      "server/readiness.ts",
      "server/http/",
      "server/targets/",
      "server/analysis/",
      "updater/ports/clock.ts",
      // Deadlines of one request, one question or one connection.
      "updater/check/ask.ts",
      "updater/reports/send.ts",
      "updater/verify/",
      "updater/download/attempt.ts",
      "updater/health/probe.ts",
      "updater/notify/",
      "updater/components/page-events.ts",
      "updater/program/",
      "updater/local/",
    ],
  },
  randomness: {
    pattern: /Math\.random|randomUUID|randomBytes|randomInt|getRandomValues/,
    allowed: [
      "server/http/",
      "server/access/",
      "server/server.ts",
      "server/open-stores.ts",
      "server/feeds/durable-file.ts",
      "updater/ports/ports.ts",
      "updater/agent/client-id.ts",
      "updater/program/",
      "updater/local/",
    ],
  },
  "the network": {
    pattern: /from "node:(?:http|https|http2|net|tls|dgram|dns)|[^.\w#]fetch\(/,
    allowed: [
      "server/oidc/keys.ts",
      "server/http/",
      "server/log/postgres/",
      "server/targets/",
      "server/registry/",
      "server/analysis/",
      "server/notifications/post.ts",
      "updater/http/",
      "updater/check/",
      "updater/download/",
      "updater/health/probe.ts",
      "updater/notify/",
      "updater/components/page-events.ts",
      "updater/agent/control.ts",
      "updater/program/",
      "updater/local/",
    ],
  },
  "the disk of the server": {
    pattern: /from "node:(?:fs|fs\/promises|sqlite)"/,
    allowed: [
      "server/oidc/config.ts",
      "server/log/",
      "server/telemetry/sqlite/",
      "server/hooks/secrets.ts",
      "server/data-folder/",
      "server/http/",
      "server/targets/",
      "server/feeds/",
      "server/access/first-token.ts",
      "server/git/",
      "server/discovery/",
      "server/command/",
      "server/registry/docker-config.ts",
      "server/blobs/",
      "server/analysis/",
      // All of it, by Node's own calls, which the simulation answers; what is changed goes one way, as `disk/files.test.ts` holds.
      "updater/",
    ],
  },
  "other programs": {
    pattern: /from "node:(?:child_process|worker_threads|cluster)"/,
    allowed: [
      "server/log/sqlite/",
      "server/data-folder/",
      "server/targets/",
      "server/git/",
      "server/command/",
      "server/registry/docker-config.ts",
      "server/analysis/",
      "updater/program/",
      "updater/health/probe.ts",
    ],
  },
};

test.each(Object.entries(edges))("%s is read at the named edges alone", (_, { pattern, allowed }) => {
  const reading = files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
  expect(reading.filter((path) => !allowed.some((edge) => path.startsWith(edge)))).toEqual([]);
  // An edge that reads nothing any more is none.
  expect(allowed.filter((edge) => !reading.some((path) => path.startsWith(edge)))).toEqual([]);
});

test("it sees the files", () => {
  expect(files.length).toBeGreaterThan(300);
  expect(files.some(({ path }) => path === "core/application/decide.ts")).toBe(true);
});
