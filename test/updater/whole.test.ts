import { startTestServer, type TestServer } from "@sluice/server/log/postgres/test-server.ts";
import { servePageEvents } from "@sluice/updater/components/page-events.ts";
import { layoutOf } from "@sluice/updater/disk/layout.ts";
import { systemClock } from "@sluice/updater/ports/clock.ts";
import { stopRun } from "@sluice/updater/program/stop-run.ts";
import { openWorld } from "@sluice/updater/testing/world.ts";
import { type Care, openUpdater } from "@sluice/updater/updater.ts";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { chromiumIsInstalled, chromiumPath, launchChromium } from "../console/browser.ts";
import { askWithoutPause, publishWhole, wholeOptions } from "./whole-machine.ts";

let server: TestServer;
const browserIsHere = await chromiumIsInstalled();

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

/** An agent's care over a program, a frontend and a PostgreSQL database, with the events for pages. */
async function wholeWorld() {
  const world = await openWorld();
  let care: Care | undefined;
  onTestFinished(async () => {
    await care?.end();
    const layout = layoutOf(world.folder);
    await stopRun({ ...layout, run: layout.runBeside }, systemClock, 2_000);
    await world.end();
  });
  const database = await server.newSchema();
  const updater = await openUpdater(wholeOptions(world, database));
  const pages = await servePageEvents(updater, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => pages.close());
  care = await updater.takeCare();
  const events = `http://127.0.0.1:${pages.port}`;
  const publish = (version: string, broken?: boolean) => publishWhole(world.stub, version, events, broken);
  const front = `http://127.0.0.1:${world.port}/`;
  const tables = async () =>
    (
      await server.run(`SELECT table_name FROM information_schema.columns WHERE column_name IN ('score', 'legacy', 'id')
      AND table_schema = '${/search_path%3D(\w+)/.exec(database)?.[1] ?? ""}' ORDER BY table_name, column_name`)
    ).rows.map((row) => String(row.table_name));
  return { world, updater, publish, front, tables };
}

/** The page as somebody has it open. */
async function openPage(url: string): Promise<Page> {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

test.skipIf(!browserIsHere)(
  `a successful update of three components under load: no request fails, and an open page reloads (needs ${chromiumPath})`,
  async () => {
    const { world, updater, publish, front, tables } = await wholeWorld();
    await publish("1.0.0");
    expect(await updater.update()).toMatchObject({ kind: "completed", version: "1.0.0" });
    const page = await openPage(front);
    expect(await page.textContent("h1")).toBe("version 1.0.0");
    const traffic = askWithoutPause(world.port);

    await publish("2.0.0");
    const states: string[] = [];
    updater.events.on("state", ({ name }) => states.push(name));
    expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0", from: "1.0.0" });

    await page.waitForFunction("document.querySelector('h1')?.textContent === 'version 2.0.0'", undefined, {
      timeout: 60_000,
    });
    // A release that is not healthy: everything goes back, and nobody who looks at the page notices.
    await publish("3.0.0", true);
    expect(await updater.update()).toMatchObject({ kind: "rolled-back", version: "3.0.0", to: "2.0.0" });
    expect(await tables(), "the migration was taken back").not.toContain("third");
    expect(await page.textContent("h1")).toBe("version 2.0.0");
    expect((await (await fetch(front)).text()).includes("version 2.0.0")).toBe(true);
    const { answered, failed } = await traffic.stop();

    console.log(`${answered} requests answered during an update and a rollback, ${failed.length} failed`);
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    const order = [
      "checking",
      "downloading",
      "installing",
      "preparing",
      "switching",
      "confirming",
      "finishing",
      "idle",
    ];
    expect(states.slice(0, order.length)).toEqual(order);
    await updater.sendReports();
    expect(world.stub.reports.map(({ version, status }) => `${version} ${status}`)).toEqual([
      "1.0.0 in-progress",
      "1.0.0 completed",
      "2.0.0 in-progress",
      "2.0.0 completed",
      "3.0.0 in-progress",
      "3.0.0 rolled-back",
    ]);
  },
);

test("a second update at the same time is refused, and the first one goes through", async () => {
  const { updater, publish } = await wholeWorld();
  await publish("1.0.0");
  const first = updater.update();
  await expect(updater.update()).rejects.toThrow(/is in progress already/);
  expect(await first).toMatchObject({ kind: "completed", version: "1.0.0" });
});
