import { problemOf, RequestFailed } from "./problem.ts";

/** Longest wait for an answer to begin, in ms. */
const patienceMs = 15_000;

export interface RequestOptions {
  readonly token: string;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks the API for a path below `/api/v1`.
 * @throws RequestFailed when the server says no; a TypeError or a timeout when it says nothing
 */
export async function request(path: string, { token, signal, headers }: RequestOptions): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patienceMs);
  try {
    const response = await fetch(`api/v1/${path}`, {
      headers: { ...headers, authorization: `Bearer ${token}` },
      cache: "no-store",
      signal: AbortSignal.any([signal, late.signal]),
    });
    if (response.ok) return response;
    throw new RequestFailed(problemOf(response.status, await response.json().catch(() => undefined)));
  } finally {
    clearTimeout(timer);
  }
}

/** Asks for JSON. The console is served by the server that it asks, so the answer has the form that both were built with. */
export async function requestJson<Answer>(path: string, options: RequestOptions): Promise<Answer> {
  const response = await request(path, { ...options, headers: { accept: "application/json" } });
  return (await response.json()) as Answer;
}

/** A path below an application, each part escaped. */
export function appPath(app: string, ...parts: readonly string[]): string {
  return ["apps", app, ...parts].map(encodeURIComponent).join("/");
}
