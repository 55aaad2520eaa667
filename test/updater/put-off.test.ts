import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "@sluice/updater/status.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openServedDesk, type ServedDesk } from "../cli/harness.ts";

let desk: ServedDesk;
const running: { readonly stop: AbortController; readonly ended: Promise<unknown> }[] = [];
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

beforeAll(async () => {
  desk = await openServedDesk();
  await apply("");
  await desk.file("app", "the program");
});

afterAll(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.map(({ ended }) => ended));
  await desk.clear();
});

/** Sets how releases come to the stage. */
async function apply(rules: string): Promise<void> {
  await desk.file("sluice.yaml", `apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n${rules}`);
  expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
}

async function publish(version: string, ...more: string[]): Promise<void> {
  expect(await desk.sluice(["publish", version, "--component", "app=app", ...more])).toMatchObject({ code: 0 });
}

/** Starts a machine's agent. @param window whether it installs only in a window, which opens in three days */
async function start(name: string, window: boolean): Promise<void> {
  await desk.sluice(["agent", "init", "--channel", "dev", "--dir", name]);
  const file = join(desk.folder, name, "agent.yaml");
  const day = weekdays[(new Date().getUTCDay() + 3) % 7];
  const update = `update:
  channel: dev
  checkInterval: 500ms
  autoInstall: true
  maintenanceWindow: { enabled: ${window}, days: [${day}] }
`;
  await writeFile(file, (await readFile(file, "utf8")).replace(/^update:\n(?: .*\n)*/m, update));
  await appendFile(file, `client-id: ${name}\n`);
  const stop = new AbortController();
  running.push({ stop, ended: desk.sluice(["agent", "run", "--config", file], { signal: stop.signal }) });
}

const agent = (name: string, ...step: string[]) => desk.sluice(["agent", ...step, "--config", `${name}/agent.yaml`]);
const status = async (name: string) => (await agent(name, "status", "--json")).json() as Status;

const patience = { timeout: 90_000 };
const has = (name: string, version: string) =>
  expect.poll(async () => (await status(name)).installed, patience).toBe(version);

it("what is mandatory waits for its window until its deadline, which the signed feed brings, and no longer", async () => {
  await start("late", true);
  await publish("1.0.0");
  await expect.poll(async () => (await agent("late", "update")).out, patience).toMatch(/^Version 1\.0\.0 is installed/);

  await publish("1.1.0", "--mandatory-within", "6s");

  const said = /^the maintenance window opens at \S+; being mandatory, it is installed at (\S+) at the latest$/;
  let waiting = "";
  await expect
    .poll(async () => {
      waiting = (await status("late")).waiting ?? "";
      return waiting;
    }, patience)
    .toMatch(said);
  await has("late", "1.1.0");
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(said.exec(waiting)?.[1] ?? ""));
});

it("who puts an update off keeps no place: others get it, and the same client is let in again at its time", async () => {
  await apply("    rollout: { evidence: { soak: 0s } }\n");
  await start("later", true);
  await publish("1.2.0");
  // Two places are free at first, and both are given to who waits for its window.
  for (const name of ["late", "later"])
    await expect
      .poll(async () => (await status(name)).waiting, patience)
      .toMatch(/^the maintenance window opens at 20\d\d-\S+$/);

  await start("ready", false);
  await has("ready", "1.2.0");
  expect((await status("late")).installed).toBe("1.1.0");

  const at = new Date(Date.now() + 2_000).toISOString();
  expect(await agent("late", "schedule", "1.2.0", "--at", at)).toMatchObject({ code: 0 });
  await has("late", "1.2.0");
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
  expect((await status("later")).installed).not.toBe("1.2.0");
});
