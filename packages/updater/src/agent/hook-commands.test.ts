import { expect, test } from "vitest";
import { openLog } from "../ports/log.ts";
import { hookCommands } from "./hook-commands.ts";

const never = new AbortController().signal;
let said = "";
const log = openLog({ json: false, now: () => 0, write: (line) => (said += line) });

const hook = (script: string) =>
  hookCommands({ "before-switching": { command: ["/bin/sh", "-c", script] } }, 7_000, log);
const asked = (script: string) =>
  hook(script)?.({ when: "before", state: "switching", from: "1.0.0", to: "2.0.0" }, never);

test("exit code 0 lets the update go on, 21 puts it off, and anything else says no", async () => {
  expect(await asked("exit 0")).toBe("go");
  expect(await asked("exit 21")).toEqual({ retryAfterMs: 7_000 });
  expect(await asked("echo somebody is at work; exit 1")).toBe("back");
  expect(said).toMatch(/A hook says no hook=before-switching code=1 said="?somebody is at work/);
  expect(await asked("kill -9 $$")).toBe("back");
});

test("it is told what it is asked about, and only at its own moment", async () => {
  const script = '[ "$SLUICE_STATE $SLUICE_FROM $SLUICE_TO" = "switching 1.0.0 2.0.0" ]';
  expect(await asked(script)).toBe("go");
  expect(await hook("exit 1")?.({ when: "after", state: "switching", to: "2.0.0" }, never)).toBe("go");
  expect(hookCommands({}, 7_000, log)).toBeUndefined();
});
