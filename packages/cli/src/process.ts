import type { Io } from "./io.ts";

/** The process around a command: its streams, its signals, its exit code. */
export async function inProcess(run: (argv: readonly string[], io: Io) => Promise<number>): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort(name));
  // A reader that went away (`sluice audit | head`, a closed terminal) ends the command, which still has to clean up.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop.abort("nobody reads"));
  process.exitCode = await run(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: stop.signal,
  });
}
