import { expect, test } from "vitest";
import { openLog } from "../ports/log.ts";
import { openWorld } from "../testing/world.ts";
import { openUpdater } from "../updater.ts";
import { followInLog } from "./follow.ts";
import { sayStatus } from "./say.ts";

test("who looks sees what an update does, and how far its download is", async () => {
  const world = await openWorld();
  try {
    world.stub.publish("1.0.0", [{ name: "data", kind: "file", content: Buffer.alloc(2_000_000, 7) }]);
    world.stub.live = "1.0.0";
    world.stub.offer({ version: "1.0.0" });
    const rest = Promise.withResolvers<void>();
    world.stub.intercept = (request, response) => {
      if (!request.url?.includes("/blobs/")) return false;
      response.writeHead(200, { "content-length": 2_000_000 });
      response.write(Buffer.alloc(1_000_000, 7));
      void rest.promise.then(() => response.end(Buffer.alloc(1_000_000, 7)));
      return true;
    };
    const { program: _, health: __, ...options } = world.options;
    const updater = await openUpdater(options);
    let said = "";
    let now = 0;
    followInLog(updater, openLog({ json: false, now: () => 0, write: (line) => (said += line) }), () => (now += 3_000));

    const updated = updater.update();

    await expect
      .poll(async () => sayStatus(await updater.status(), false), { timeout: 20_000 })
      .toMatch(/state +downloading: nothing → 1\.0\.0, data \d+% of 1\.9 MiB\n/);
    rest.resolve();
    expect(await updated).toMatchObject({ kind: "completed" });
    expect((await updater.status()).progress).toBeNull();
    expect(said.match(/info +\w.*/g)).toEqual([
      "info  downloading version=1.0.0",
      ...new Array((said.match(/MiB/g) ?? []).length).fill(
        expect.stringMatching(/downloading what="data \d+% of 1\.9 MiB"/),
      ),
      ...["installing", "preparing", "switching", "confirming", "finishing"].map(
        (state) => `info  ${state} version=1.0.0`,
      ),
    ]);
    expect(said).toMatch(/MiB/);
  } finally {
    await world.end();
  }
});

test("going back by hand is not called a download", async () => {
  const world = await openWorld();
  try {
    world.release("1.0.0");
    const asked: string[] = [];
    const updater = await openUpdater({
      ...world.options,
      hook: async ({ when, state }) => {
        asked.push(`${when} ${state}`);
        return "go";
      },
    });
    await updater.update();
    world.release("2.0.0");
    await updater.update();
    let said = "";
    followInLog(updater, openLog({ json: false, now: () => 0, write: (line) => (said += line) }), Date.now);
    asked.length = 0;

    expect(await updater.rollback("slow")).toMatchObject({ kind: "completed", version: "1.0.0" });

    const states = ["preparing", "switching", "confirming", "finishing"];
    expect(said.match(/info +\w.*/g)).toEqual(states.map((state) => `info  ${state} version=1.0.0`));
    expect(asked).toEqual(states.flatMap((state) => [`before ${state}`, `after ${state}`]));
  } finally {
    await world.end();
  }
});
