import { spawn } from "node:child_process";
import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import { type Command, type Place, prepare } from "../program/command.ts";

/** So much of a page is searched for its text, characters. */
const longestPage = 1_000_000;

/** How a version's health is asked for. */
export type HealthCheck =
  | { readonly http: { readonly url: string; readonly expect: number; readonly contains?: string | undefined } }
  /** Healthy when somebody listens on this port of this machine. */
  | { readonly listens: number }
  /** Healthy when it exits with 0. */
  | { readonly command: Command }
  /** Healthy when the program has run for so long, ms. */
  | { readonly aliveMs: number };

interface Asking {
  readonly place: Place;
  readonly ranMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks once, one after the other. @returns undefined when all are healthy, otherwise why the first is not */
export async function probeAll(checks: readonly HealthCheck[], context: Asking): Promise<string | undefined> {
  for (const check of checks) {
    const bad = await probe(check, context);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

async function probe(check: HealthCheck, context: Asking): Promise<string | undefined> {
  if ("http" in check) return await probeHttp(check.http, context);
  if ("listens" in check) return await probePort(check.listens, context);
  if ("command" in check) return await probeCommand(check.command, context);
  return context.ranMs >= check.aliveMs ? undefined : `it has run for ${context.ranMs} of ${check.aliveMs} ms`;
}

function probePort(port: number, { timeoutMs }: Asking): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: timeoutMs });
    const end = (bad: string | undefined) => {
      socket.destroy();
      resolve(bad);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end(`nothing listens on port ${port}`));
    socket.once("error", () => end(`nothing listens on port ${port}`));
  });
}

/** By `node:http`, on a connection of its own, because an answer out of any cache or pool would prove nothing. */
function probeHttp(
  { url, expect, contains }: Extract<HealthCheck, { http: unknown }>["http"],
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
      const { age } = response.headers;
      const bad =
        age !== undefined && age !== "0"
          ? `${url} was answered from a cache (Age: ${age})`
          : response.statusCode === expect
            ? undefined
            : `${url} answered ${response.statusCode}, not ${expect}`;
      if (bad === undefined && contains !== undefined)
        return void readStart(response).then(
          (page) => resolve(page.includes(contains) ? undefined : `${url} does not show ${JSON.stringify(contains)}`),
          (error: Error) => resolve(`${url} does not answer to its end: ${reason(error)}`),
        );
      response.resume();
      outgoing.destroy();
      resolve(bad);
    });
    outgoing.once("error", (error) =>
      resolve(
        deadline.aborted ? `${url} did not answer in ${timeoutMs} ms` : `${url} does not answer: ${reason(error)}`,
      ),
    );
    outgoing.end();
  });
}

/** The beginning of a page, as far as is looked at. */
async function readStart(response: IncomingMessage): Promise<string> {
  let page = "";
  for await (const chunk of response.setEncoding("utf8")) {
    page += String(chunk);
    if (page.length > longestPage) break;
  }
  return page;
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
