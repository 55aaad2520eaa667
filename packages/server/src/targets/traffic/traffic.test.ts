import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trafficTargetSchema } from "@sluice/core/targets/traffic.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../clock/clock.ts";
import { carryOut } from "../carry-out.ts";
import { orderFor, targetContract } from "../contract.ts";
import { TargetFailure } from "../failure.ts";
import { openTraffic } from "./open.ts";
import { type Backend, noRouter, type Router, startBackend, startRouter } from "./router-process.ts";

const skipped = noRouter();
const server = { clock: systemClock, secrets: () => undefined };
const older = "1.0.0";
const newer = "1.1.0";

const release = (version: string) => ({
  version,
  manifest: manifestOf(version),
  digest: version,
  publishedAt: 0,
  publishedBy: "ci",
});

let folder: string;
let backends: Backend[];
let router: Router;

async function open(versions: readonly string[]): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "sluice-traffic-"));
  backends = await Promise.all(versions.map((version, i) => startBackend(`server-${i}`, version)));
  router = await startRouter(folder, backends);
}

async function close(): Promise<void> {
  await router.stop();
  for (const { server } of backends) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
}

const target = (socket = router.socket) =>
  openTraffic(trafficTargetSchema.parse({ haproxy: { socket, backend: "shop" } }), server);
const carry = (order: ReturnType<typeof orderFor>) => carryOut(target(), order, new AbortController().signal);
const trial = (basisPoints: number) => ({ release: release(newer), basisPoints });

async function failure(promise: Promise<unknown>): Promise<TargetFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TargetFailure) return error;
  throw error ?? new Error("it did not fail");
}

describe.skipIf(skipped !== undefined)(`traffic${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  describe("the contract", () => {
    targetContract("traffic.haproxy", async () => {
      await open([older, newer]);
      let changes = 0;
      let left: number | undefined;
      // Stands before the runtime API, so that a kill can come between every two commands.
      const socket = join(folder, "proxy.sock");
      const proxy = createServer({ allowHalfOpen: true }, (incoming) => {
        let command = "";
        incoming.on("error", () => {});
        incoming.on("data", (chunk) => {
          command += chunk.toString();
        });
        incoming.on("end", () => {
          if (command.startsWith("set ")) {
            if (left === 0) {
              incoming.destroy();
              return;
            }
            if (left !== undefined) left--;
            changes++;
          }
          const passed = connect({ path: router.socket });
          passed.pipe(incoming);
          passed.end(command);
        });
      }).listen(socket);
      await once(proxy, "listening");
      return {
        open: () => target(socket),
        older: release(older),
        newer: release(newer),
        async live() {
          const counts = await router.traffic(400);
          const share = (version: string) => Math.round((counts.get(version) ?? 0) / 4) * 100;
          if (share("503") === 10_000) return { main: null };
          const [main = older, other = newer] = [older, newer].sort((a, b) => share(b) - share(a));
          const content = { main };
          return share(other) === 0 ? content : { ...content, trial: { version: other, basisPoints: share(other) } };
        },
        changes: () => changes,
        cutAfter(count) {
          left = count;
        },
        async remove() {
          proxy.close();
          await close();
        },
      };
    });
  });

  describe("real traffic", () => {
    beforeEach(() => open([older, older, newer]));
    afterEach(close);

    test("is split within two points of what was asked, and back again", async () => {
      await carry(orderFor({ main: release(older) }));
      for (const percent of [1, 10, 30, 50, 90]) {
        const done = await carry(orderFor({ main: release(older), trial: trial(percent * 100) }));
        const counts = await router.traffic(1_000);
        expect(Math.abs((counts.get(newer) ?? 0) / 10 - percent), `${percent}%`).toBeLessThanOrEqual(2);
        expect(counts.get("503")).toBeUndefined();
        expect(done).toMatchObject({ verify: { askedBasisPoints: percent * 100 } });
      }
      await carry(orderFor({ main: release(newer) }));
      expect(await router.traffic(100)).toEqual(new Map([[newer, 100]]));
      await carry(orderFor({ main: release(older), leaving: release(newer) }));
      expect(await router.traffic(100)).toEqual(new Map([[older, 100]]));
    });

    test("goes to nobody who does not run what it should: that is said, and nothing is changed", async () => {
      await carry(orderFor({ main: release(older) }));
      for (const backend of backends) if (backend.version === newer) backend.version = "9.9.9";
      const refused = await failure(carry(orderFor({ main: release(older), trial: trial(1_000) })));
      expect(refused).toMatchObject({ retryable: true });
      expect(refused.message).toMatch(
        /no server of HAProxy's backend shop runs 1\.1\.0 \(server-0: 1\.0\.0, .*server-2: 9\.9\.9\)/,
      );
      expect(await router.traffic(50)).toEqual(new Map([[older, 50]]));
    });

    test("a server that is gone is said to be out", async () => {
      await carry(orderFor({ main: release(older) }));
      const gone = backends.find(({ version }) => version === newer);
      gone?.server.closeAllConnections();
      gone?.server.close();
      await vi.waitFor(
        async () => {
          const refused = await failure(carry(orderFor({ main: release(newer) })));
          expect(refused.message).toMatch(/server-2: is out/);
        },
        { timeout: 10_000 },
      );
    });

    test("a weight that somebody else changed is found when it is verified", async () => {
      const order = orderFor({ main: release(older), trial: trial(5_000) });
      await carry(order);
      const meddler = connect({ path: router.socket });
      meddler.end("set server shop/server-2 weight 1\n");
      meddler.resume();
      await once(meddler, "close");
      const found = await target().verify?.(order, new AbortController().signal);
      expect(found).toMatchObject({ agrees: false, evidence: { askedBasisPoints: 5_000 } });
    });

    test("a share that is finer than weights go is refused", async () => {
      const refused = await failure(carry(orderFor({ main: release(older), trial: trial(1) })));
      expect(refused).toMatchObject({ retryable: false, message: expect.stringMatching(/cannot give 0\.01%/) });
    });
  });

  test("a router that is not there is tried again; a backend that it does not have is not", async () => {
    await open([older]);
    try {
      const signal = new AbortController().signal;
      const order = orderFor({ main: release(older) });
      const none = target(join(folder, "none.sock"));
      expect(await failure(none.rollback(order, signal))).toMatchObject({ retryable: true });
      const other = openTraffic(
        trafficTargetSchema.parse({ haproxy: { socket: router.socket, backend: "other" } }),
        server,
      );
      expect(await failure(other.rollback(order, signal))).toMatchObject({
        retryable: false,
        message: expect.stringMatching(/no backend other/),
      });
    } finally {
      await close();
    }
  });
});
