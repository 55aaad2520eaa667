import { spawn } from "node:child_process";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { type Command, type Place, prepare } from "../program/command.ts";

/** How a version's health is asked for. */
export type HealthCheck =
  | { readonly http: { readonly url: string; readonly expect: number } }
  /** Healthy when it exits with 0. */
  | { readonly command: Command }
  /** Healthy when the program has run for so long, ms. */
  | { readonly aliveMs: number };

/** Asks once. @returns undefined when healthy, otherwise why not */
export async function probe(
  check: HealthCheck,
  context: { readonly place: Place; readonly ranMs: number; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if ("http" in check) return await probeHttp(check.http, context);
  if ("command" in check) return await probeCommand(check.command, context);
  return context.ranMs >= check.aliveMs ? undefined : `it has run for ${context.ranMs} of ${check.aliveMs} ms`;
}

/** By `node:http`, on a connection of its own, because an answer out of any cache or pool would prove nothing. */
function probeHttp(
  { url, expect }: { readonly url: string; readonly expect: number },
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const ask = url.startsWith("https:") ? secureRequest : request;
    const deadline = AbortSignal.timeout(Math.max(1, timeoutMs));
    const outgoing = ask(url, {
      agent: false,
      headers: { "cache-control": "no-cache, no-store, max-age=0", pragma: "no-cache", connection: "close" },
      signal: AbortSignal.any([signal, deadline]),
    });
    outgoing.once("response", (response) => {
      response.resume();
      outgoing.destroy();
      if (response.headers.age !== undefined && response.headers.age !== "0")
        resolve(`${url} was answered from a cache (Age: ${response.headers.age})`);
      else
        resolve(response.statusCode === expect ? undefined : `${url} answered ${response.statusCode}, not ${expect}`);
    });
    outgoing.once("error", (error) =>
      resolve(
        deadline.aborted ? `${url} did not answer in ${timeoutMs} ms` : `${url} does not answer: ${reason(error)}`,
      ),
    );
    outgoing.end();
  });
}

function reason(error: Error): string {
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}

function probeCommand(
  command: Command,
  { place, timeoutMs, signal }: { readonly place: Place; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { file, args, cwd, env } = prepare(command, place);
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: "ignore",
      timeout: Math.max(1, timeoutMs),
      killSignal: "SIGKILL",
      signal,
    });
    child.once("error", (error) => resolve(`the health command does not run: ${error.message}`));
    child.once("exit", (code, killedBy) =>
      resolve(code === 0 ? undefined : `the health command ended ${killedBy ? `by ${killedBy}` : `with code ${code}`}`),
    );
  });
}
