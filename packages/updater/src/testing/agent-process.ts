import { runAgent } from "../agent/daemon.ts";
import { layoutOf } from "../disk/layout.ts";
import { openLog } from "../ports/log.ts";
import { openUpdater } from "../updater.ts";
import { worldOptions } from "./world.ts";

/** An agent in a process of its own, in the world that its argument names. Ends on SIGTERM. */
const where = JSON.parse(process.argv[2] ?? "") as Parameters<typeof worldOptions>[0];
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort(new Error("the agent is stopped")));
const log = openLog({ json: true, now: Date.now, write: (line) => process.stdout.write(line) });

await runAgent({
  layout: layoutOf(where.folder),
  updater: await openUpdater({ ...worldOptions(where), log }),
  schedule: { intervalMs: 200, explicitInterval: true, autoInstall: true, automaticRollback: true },
  log,
  signal: stop.signal,
});
