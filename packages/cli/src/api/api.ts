import { exitCodes, Failure, usage } from "../failure.ts";
import { failureOf } from "./problem.ts";

export interface ApiOptions {
  /** The server's base address, without a trailing slash. */
  readonly url: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** The server's HTTP API. Everything rejects with a Failure: what the server refused, or that it was not reached. */
export interface Api extends ApiOptions {
  get<T>(path: string, query?: Query): Promise<T>;
  /** Sends JSON. */
  send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<Answer<T>>;
  /** Sends text of another type. */
  sendText<T>(method: "POST" | "PUT", path: string, text: string, contentType: string): Promise<Answer<T>>;
  /** Asks for an update as a client with these headers does. */
  checkUpdate(headers: Readonly<Record<string, string>>): Promise<UpdateAnswer>;
  /** The bytes of a file that is served as it is, or undefined when there is none. */
  file(path: string): Promise<Buffer | undefined>;
}

/** What of an update check's answer is looked at here. */
export interface UpdateAnswer {
  readonly updateAvailable: boolean;
  readonly version?: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** How long one request may take, in ms. */
const requestMs = 30_000;

/** The largest answer that is read, in bytes. */
const answerBytesMax = 64 * 1024 * 1024;

export function createApi(options: ApiOptions): Api {
  const { url, token, signal } = options;

  async function exchange(path: string, init: RequestInit): Promise<{ status: number; ok: boolean; bytes: Buffer }> {
    const headers = new Headers(init.headers);
    headers.set("accept", "application/json");
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    try {
      const response = await fetch(`${url}${path}`, {
        ...init,
        headers,
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
      });
      return { status: response.status, ok: response.ok, bytes: await bodyOf(response) };
    } catch (error) {
      throw unreachableServer(url, error, signal);
    }
  }

  async function answer<T>(path: string, init: RequestInit): Promise<Answer<T>> {
    const { status, ok, bytes } = await exchange(path, init);
    const text = bytes.toString("utf8");
    if (!ok) throw failureOf(status, text, url);
    if (text === "") return { status, body: undefined as T };
    try {
      return { status, body: JSON.parse(text) as T };
    } catch (cause) {
      throw new Failure(exitCodes.failed, "ANSWER_INVALID", `${url} does not answer as a Sluice server does.`, {
        hint: "Is this its address? Say it with --url or SLUICE_URL.",
        cause,
      });
    }
  }

  return {
    ...options,
    get: async <T>(path: string, query: Query = {}) =>
      (await answer<T>(`${path}${queryOf(query)}`, { method: "GET" })).body,
    send: (method, path, body) =>
      answer(
        path,
        body === undefined
          ? { method }
          : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } },
      ),
    sendText: (method, path, text, contentType) =>
      answer(path, { method, body: text, headers: { "content-type": contentType } }),
    checkUpdate: async (headers) =>
      (await answer<UpdateAnswer>("/api/v1/updates/check", { method: "GET", headers: { ...headers } })).body,
    file: async (path) => {
      const { status, ok, bytes } = await exchange(path, { method: "GET" });
      if (status === 404) return undefined;
      if (!ok) throw failureOf(status, bytes.toString("utf8"), url);
      return bytes;
    },
  };
}

/** Checks an address that a user gave, and takes off what would double a slash. */
export function baseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw usage(`"${text}" is not the address of a server.`, {
      hint: "It begins with http:// or https://, for example http://127.0.0.1:7070",
    });
  return text.replace(/\/+$/, "");
}

/** A path of the API from its parts, each of them escaped. */
export function apiPath(...parts: readonly string[]): string {
  return `/api/v1/${parts.map(encodeURIComponent).join("/")}`;
}

/** Says that the server was not reached, and why. */
export function unreachableServer(url: string, error: unknown, signal: AbortSignal): Failure {
  if (error instanceof Failure) return error;
  if (signal.aborted) return new Failure(exitCodes.failed, "INTERRUPTED", "Interrupted.", { cause: error });
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const reason =
    code === "ECONNREFUSED"
      ? "connection refused"
      : error instanceof Error && error.name === "TimeoutError"
        ? "no answer in time"
        : messageOf(cause);
  return new Failure(exitCodes.unreachable, "SERVER_UNREACHABLE", `No server was reached at ${url} (${reason}).`, {
    hint: "Start one with: sluice serve. Or say where it is: --url URL, or SLUICE_URL.",
    cause: error,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : "no reason given";
}

function queryOf(query: Query): string {
  const entries = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
}

async function bodyOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > answerBytesMax)
      throw new Failure(
        exitCodes.failed,
        "ANSWER_INVALID",
        `An answer is larger than ${answerBytesMax} bytes; it was not read.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
