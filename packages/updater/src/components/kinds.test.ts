import { lstatSync, readlinkSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { layoutOf } from "../disk/layout.ts";
import { currentVersion } from "../install/current.ts";
import { silentLog } from "../ports/log.ts";
import { systemPorts } from "../ports/ports.ts";
import { livingProcesses, readRun } from "../program/run-file.ts";
import { openSupervisor } from "../program/supervisor.ts";
import { commandDriver } from "./command.ts";
import { holdsComponentContract } from "./contract.ts";
import { frontendDriver } from "./frontend.ts";
import { programDriver } from "./program.ts";

const nothing = async () => undefined;

holdsComponentContract("program", async (root) => {
  const layout = layoutOf(root);
  const command = { command: ["/bin/sh", "{current}/program"] as const };
  const supervisor = openSupervisor({ layout, ports: systemPorts, log: silentLog, command, stopTimeoutMs: 1_000 });
  return {
    driver: programDriver(layout, supervisor, 50),
    async fill({ folder }) {
      await mkdir(folder);
      await writeFile(join(folder, "program"), "exec sleep 1000\n");
    },
    async live() {
      const run = await readRun(layout);
      const linked = await currentVersion(layout);
      // What is taken back is started only when everything else is.
      return run === undefined || (livingProcesses(run).length === 1 && run.version === linked) ? linked : "confused";
    },
    end: () => supervisor.stop(),
  };
});

holdsComponentContract("frontend", async (root) => {
  const publish = join(root, "public", "web");
  return {
    driver: frontendDriver({ name: "web", order: 90, publish }),
    async fill({ folder, version }) {
      await mkdir(join(folder, "web"), { recursive: true });
      await writeFile(join(folder, "web", "index.html"), version);
    },
    live: async () =>
      lstatSync(publish, { throwIfNoEntry: false }) === undefined
        ? undefined
        : basename(dirname(readlinkSync(publish))),
    end: nothing,
  };
});

holdsComponentContract("command", async (root) => {
  const live = join(root, "live");
  const script = join(root, "switch.sh");
  await writeFile(script, `#!/bin/sh\nif [ -n "$1" ]; then echo "$1" > ${live}; else rm -f ${live}; fi\n`);
  await chmod(script, 0o755);
  const shell = (text: string) => ({ command: ["/bin/sh", "-c", text] as const });
  return {
    driver: commandDriver({
      name: "cache",
      order: 30,
      apply: shell(`${script} $SLUICE_TO`),
      revert: shell(`${script} "$SLUICE_FROM"`),
      check: { command: ["/bin/grep", "{version}", live] },
      timeoutMs: 5_000,
    }),
    fill: async ({ folder }) => void (await mkdir(folder)),
    live: () => readFile(live, "utf8").then((text) => text.trim(), nothing),
    end: nothing,
  };
});
