import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const unit = fileURLToPath(new URL("../../deploy/systemd/sluice-agent.service", import.meta.url));
const tool = "/usr/bin/systemd-analyze";

test.skipIf(!existsSync(tool))(`the agent's systemd unit is one that systemd accepts (needs ${tool})`, async () => {
  // Prints what is wrong, and what it ignored, to standard error.
  const { stderr } = await promisify(execFile)(tool, ["verify", "--man=no", unit]);
  expect(stderr.split("\n").filter((line) => line.includes("sluice-agent"))).toEqual([]);
  const { stdout } = await promisify(execFile)(tool, ["security", "--offline=yes", "--no-pager", unit]);
  const exposure = Number(/Overall exposure level .*: ([\d.]+)/.exec(stdout)?.[1]);
  expect(exposure, "of 10, by systemd-analyze security").toBeLessThan(3);
});
