import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildConsole, chromiumIsInstalled, chromiumPath, launchChromium, openConsole } from "./browser.ts";
import { busyLog, busyStatus, sealed, troubledStatus, waitingExplanation } from "./canned.ts";
import { StubServer } from "./stub-server.ts";

const token = "a-token-for-looking-on";
const skipped = process.env.CI !== "true" && !(await chromiumIsInstalled());

describe.skipIf(skipped)(`the console in a browser${skipped ? ` (skipped: there is no ${chromiumPath})` : ""}`, () => {
  let dist: string;
  let browser: Browser;
  let server: StubServer;

  beforeAll(async () => {
    dist = await mkdtemp(join(tmpdir(), "sluice-console-"));
    [browser] = await Promise.all([launchChromium(), buildConsole(dist)]);
  });

  afterAll(async () => {
    await browser?.close();
    await rm(dist, { recursive: true, force: true });
  });

  beforeEach(async () => {
    const apps = [{ app: "myapp", seq: 12 }];
    server = new StubServer(dist, token, { apps, status: busyStatus, why: waitingExplanation, log: busyLog() });
    await server.start();
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.stop();
  });

  const enter = () => openConsole(browser, server.url, `#token=${token}`);

  test("asks for a token, refuses a wrong one in words, and keeps the right one in the tab", async () => {
    const { page } = await openConsole(browser, server.url);
    await page.getByLabel("Token").fill("wrong");
    await page.keyboard.press("Enter");
    await shown(page.getByRole("alert").getByText("does not accept this token"));
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await shown(stage(page, "dev"));
    await page.reload();
    await shown(stage(page, "dev"));
    await page.getByRole("button", { name: "Sign out" }).click();
    await shown(page.getByLabel("Token"));
    await page.reload();
    await shown(page.getByLabel("Token"));
  });

  test("takes a token from the address and removes it there", async () => {
    const { page } = await enter();
    await shown(stage(page, "dev"));
    expect(page.url()).toBe(server.url);
  });

  test("shows the stages in order, what is live, what is on its way and what waits for what", async () => {
    const { page, complaints } = await enter();
    await shown(stage(page, "stable"));
    expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual(
      expect.arrayContaining(["dev", "beta", "stable", "What happened", "Open issues"]),
    );
    expect(
      (await page.getByRole("list", { name: "Stages" }).getByRole("heading", { level: 2 }).allTextContents()).join(),
    ).toBe("dev,beta,stable");

    const live = page.getByRole("region", { name: "live in beta" });
    await shown(live.getByRole("button", { name: "1.2.0" }));
    await shown(live.getByText("78 healthy"));
    await shown(live.getByText("2 not heard from"));
    await shown(live.getByText("1d ago"));

    const rollout = page.getByRole("region", { name: "rolling out in beta" });
    await shown(rollout.getByRole("button", { name: "1.4.0" }));
    expect(await exposure(page)).toBe("25");
    expect(await rollout.getByRole("progressbar").locator("span").getAttribute("style")).toContain("width: 25%");
    await shown(rollout.getByText("goes to 50%, if by then clients: 3 of at least 5 clients confirmed healthy"));
    await shown(rollout.getByText("1 failed"));

    const waiting = page.getByRole("region", { name: "waiting for beta" });
    await shown(waiting.getByText("soaks 1d in dev"));
    await shown(waiting.getByText("1.4.0 is rolling out (beta-4)"));
    await shown(page.getByRole("region", { name: "waiting for stable" }).getByText("open issue: issue-1"));
    await shown(page.getByRole("region", { name: "rolled back in beta" }).getByText("1.3.0"));
    await shown(page.getByRole("region", { name: "live in stable" }).getByText("nothing yet"));
    await shown(page.getByRole("region", { name: "Open issues" }).getByText("Crashes when the disk is full"));
    expect(complaints).toEqual([]);
  });

  test("shows the targets of a stage, what each has, and what is wrong with them", async () => {
    const { page } = await enter();
    const targets = stage(page, "beta").getByRole("region", { name: "targets of beta" });
    await shown(targets.getByText("inconsistent"));
    await shown(targets.getByText("being moved: 3 of 5 images copied, 2.0 of 4.0 KiB"));
    await shown(targets.getByText(/Drifted .*HAProxy's backend shop reports .*issue-2/));
    await shown(targets.getByText("Tried again: Deployment shop/web: the cluster answered 503"));
    expect(await stage(page, "dev").getByRole("region", { name: "targets of dev" }).count()).toBe(0);
  });

  test("shows loudly what people did: a freeze, an override of what waits, a rollback asked for, a way back", async () => {
    server.world.status = troubledStatus;
    const { page } = await enter();
    await shown(page.getByRole("alert").getByText("Every stage is frozen by olga: the end of the year"));
    await shown(page.getByText("frozen · 1 waiting · 1 going back · 1 rollback asked for"));
    await shown(page.getByRole("region", { name: "waiting for dev" }).getByText("Gates overridden by olga: now"));
    const asked = page.getByRole("region", { name: "rollback asked for in dev" });
    await shown(asked.getByText("bob asks to go back from 1.5.0 to 1.4.0: slow"));
    await shown(asked.getByText("0 of 1 approvals (nobody)"));
    await shown(asked.getByText("sluice rollback dev --approve rollback-1"));
    const back = page.getByRole("region", { name: "going back in dev" });
    expect(await back.getByRole("progressbar", { name: "sent back in dev" }).getAttribute("aria-valuenow")).toBe("25");
    await shown(back.getByText("of the clients that have 1.6.0 are sent back"));
  });

  test("counts down to the next step", async () => {
    const { page } = await enter();
    const countdown = page.getByRole("region", { name: "rolling out in beta" }).locator("time.countdown");
    const first = await countdown.textContent();
    expect(first).toMatch(/^in 3m \d\ds$/);
    expect(await countdown.getAttribute("title")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    await expect.poll(() => countdown.textContent(), { timeout: 10_000 }).not.toBe(first);
  });

  test("tells what happened, and what happens while one looks", async () => {
    const { page } = await enter();
    const feed = page.getByRole("region", { name: "What happened" });
    await shown(feed.getByText("lee paused 1.4.0 in beta: looking at a slow query"));
    expect(await feed.getByText("published the signed feeds").count()).toBe(0);
    await feed.getByLabel("also signed feeds").check();
    await shown(feed.getByText("sluice published the signed feeds of dev, beta, stable"));

    server.world.status = () => ({ ...busyStatus(5_000), seq: 13 });
    server.append(sealed([raised], 12, false));
    await shown(feed.getByText("sluice raised 1.4.0 in beta from 25% to 50%"));
    await expect.poll(() => exposure(page)).toBe("50");
  });

  test("says why a release waits, with the evidence of every gate", async () => {
    const { page } = await enter();
    const version = page.getByRole("region", { name: "waiting for beta" }).getByRole("button", { name: "1.5.0" });
    await version.focus();
    await page.keyboard.press("Enter");
    const why = page.getByRole("dialog", { name: "1.5.0 in beta" });
    await shown(why.getByText("1.5.0 waits for beta"));
    expect(await why.getByRole("listitem").count()).toBe(4);
    await shown(why.getByRole("listitem").filter({ hasText: "previous-stage" }).getByText("fully rolled out in dev"));
    const soak = why.getByRole("listitem").filter({ hasText: "soak" });
    await shown(soak.getByText("wait", { exact: true }));
    await shown(soak.getByText("2h ago"));
    await shown(why.getByText("Can be changed by whoever resolves the issue"));

    const plans = why.getByRole("region", { name: "Plans" });
    await shown(plans.getByText("registry.example/shop/web:1.5.0 would be put: sha256:4f2a…"));
    await shown(plans.getByText("would change nothing"));
    await page.reload();
    await shown(why);
    await page.keyboard.press("Escape");
    await expect.poll(() => why.count()).toBe(0);
  });

  test("says when the server is gone, and goes on where it was when it is back", async () => {
    const { page } = await enter();
    await shown(page.getByRole("status").getByText("live", { exact: true }));
    await server.stop();
    await shown(page.getByRole("status").getByText("not connected"));
    await shown(page.getByRole("alert").getByText("Not connected: the server does not answer."));
    await shown(stage(page, "beta").getByText("1.4.0").first());

    server.append(sealed([raised], 12, false));
    await server.start();
    await page.getByRole("button", { name: "Try now" }).click();
    await shown(page.getByRole("status").getByText("live", { exact: true }));
    await shown(page.getByText("sluice raised 1.4.0 in beta from 25% to 50%"));
    expect(await page.getByText("lee paused 1.4.0").count()).toBe(1);
  });

  test("with several applications one is chosen, and the address names it", async () => {
    server.world.apps = [
      { app: "another", seq: 3 },
      { app: "myapp", seq: 12 },
    ];
    const { page } = await enter();
    await shown(page.getByRole("alert").first());
    await page.getByLabel("Application").selectOption("myapp");
    await shown(stage(page, "beta"));
    expect(page.url()).toBe(`${server.url}#app=myapp`);
  });

  test("without an application it says how to begin, and begins by itself when there is one", async () => {
    const { apps } = server.world;
    server.world.apps = [];
    const { page } = await enter();
    await shown(page.getByText("npx sluice apply -f sluice.yaml"));
    server.world.apps = apps;
    await shown(stage(page, "dev"));
  });

  test("without a release it says how to publish one", async () => {
    server.world.status = () => ({ ...busyStatus(), releases: 0, stages: [] });
    const { page } = await enter();
    await shown(page.getByText("npx sluice publish 1.0.0 --app myapp"));
  });
});

const raised = {
  actor: "sluice",
  type: "ExposureRaised",
  data: { id: "beta-4", stage: "beta", version: "1.4.0", from: 2_500, to: 5_000 },
};

function stage(page: Page, name: string): Locator {
  return page.getByRole("region", { name: `stage ${name}` });
}

function exposure(page: Page): Promise<string | null> {
  return page.getByRole("progressbar", { name: "exposure in beta" }).getAttribute("aria-valuenow");
}

/** Waits until something is to be seen. */
async function shown(locator: Locator): Promise<void> {
  await locator.waitFor({ state: "visible", timeout: 20_000 });
}
