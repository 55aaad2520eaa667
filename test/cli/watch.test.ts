import { run } from "@sluice/cli/run.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("sluice.yaml", pipelineText());
  await desk.file("app", "one");
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
});
afterEach(() => desk.clear());

/** Watches until told to stop. */
function watch(more: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number } = {}) {
  const stop = new AbortController();
  let out = "";
  const stdout = { ...more, write: (text: string) => (out += text) };
  const ended = run(["status", "--watch"], {
    stdout,
    stderr: stdout,
    env: { SLUICE_URL: desk.server.url, SLUICE_TOKEN: desk.server.adminToken ?? "", TERM: "xterm" },
    cwd: desk.folder,
    signal: stop.signal,
  });
  return { said: () => out, stop: () => stop.abort(), ended };
}

it("prints what changes, each line once, until it is interrupted", async () => {
  const watching = watch();
  await expect.poll(watching.said).toMatch(/Nothing was published yet/);
  await desk.sluice(["publish", "1.0.0", "--component", "app=app"]);
  await expect.poll(watching.said, { timeout: 20_000 }).toMatch(/dev {5}● 1\.0\.0 live/);
  await expect.poll(watching.said, { timeout: 20_000 }).toMatch(/beta {4}◷ 1\.0\.0 waits for soak/);
  // Time passes, which is no change.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  watching.stop();
  expect(await watching.ended).toBe(0);
  expect(watching.said().match(/● 1\.0\.0 live/g)).toHaveLength(1);
  expect(watching.said().match(/◷ 1\.0\.0 waits for soak/g)).toHaveLength(1);
});

it("redraws a terminal, in colour", async () => {
  const watching = watch({ isTTY: true, columns: 100, rows: 40 });
  await expect.poll(watching.said).toMatch(/nothing live yet/);
  await desk.sluice(["publish", "1.0.0", "--component", "app=app"]);
  await expect.poll(watching.said, { timeout: 20_000 }).toContain("\u001b[32m●");
  watching.stop();
  expect(await watching.ended).toBe(0);
  const eraseLine = "\u001b[2K";
  expect(watching.said()).toContain(eraseLine);
});
