import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Role } from "@sluice/core/access/roles.ts";
import { createLogger } from "../logger.ts";
import { type RunningServer, type ServerOptions, startServer } from "../server.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is JSON. */
  // The tests look at single members; what is not there compares as undefined.
  readonly body: Record<string, unknown>;
}

export interface CallOptions {
  /** JSON; a string is sent as YAML, bytes as they are. */
  readonly body?: object | string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: the admin's; null: none. */
  readonly token?: string | null;
}

/** For tests: a real server in a folder of its own, and a client that has its admin token. */
export interface TestServer {
  readonly dataDir: string;
  readonly server: RunningServer;
  readonly adminToken: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Makes a token. @returns its secret */
  token(role: Role, options?: { readonly name?: string; readonly stages?: readonly string[] }): Promise<string>;
  /** Uploads content. @returns a component of it */
  component(content: string, name?: string): Promise<{ name: string; kind: "file"; sha256: string; size: number }>;
  /** Publishes a release of one file. */
  publish(app: string, version: string, more?: object): Promise<Answer>;
  /** Asks for an update. */
  check(headers: Readonly<Record<string, string>>): Promise<Answer>;
  /** Asks again and again until it is so. */
  until(what: string, isSo: () => Promise<boolean>): Promise<void>;
  /** Stops the server and starts one on the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const silent = createLogger({ level: "silent" });
const patienceMs = 30_000;
let tokens = 0;

export function sha256Of(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "sluice-http-")));
  const start = () => startServer({ port: 0, logger: silent, ...options, dataDir });
  let server = await start();
  const adminToken = server.adminToken ?? "";

  async function call(
    method: string,
    path: string,
    { body, headers, token = adminToken }: CallOptions = {},
  ): Promise<Answer> {
    const type = body instanceof Uint8Array ? "octet-stream" : typeof body === "string" ? "yaml" : "json";
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": `application/${type}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: type === "json" ? JSON.stringify(body) : (body as string) }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "") && text !== "";
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  }

  async function expectOk(answer: Answer): Promise<Answer> {
    if (answer.status >= 400) throw new Error(`${answer.status}: ${answer.text}`);
    return answer;
  }

  const self: TestServer = {
    dataDir,
    get server() {
      return server;
    },
    adminToken,
    call,
    async token(role, { name = `${role}-${++tokens}`, stages } = {}) {
      const body = { name, role, ...(stages === undefined ? {} : { stages }) };
      return String((await expectOk(await call("POST", "/api/v1/tokens", { body }))).body.token);
    },
    async component(content, name = "program") {
      const bytes = Buffer.from(content);
      const sha256 = sha256Of(bytes);
      await expectOk(await call("PUT", `/api/v1/blobs/${sha256}`, { body: bytes }));
      return { name, kind: "file", sha256, size: bytes.length };
    },
    async publish(app, version, more = {}) {
      const components = [await self.component(`content of ${version}`)];
      return call("POST", `/api/v1/apps/${app}/releases`, { body: { version, components, ...more } });
    },
    check: (headers) => call("GET", "/api/v1/updates/check", { headers, token: null }),
    async until(what, isSo) {
      const deadline = performance.now() + patienceMs;
      while (!(await isSo())) {
        if (performance.now() > deadline) throw new Error(`never came to be: ${what}`);
        await wait(20);
      }
    },
    async restart() {
      await server.close();
      server = await start();
    },
    async close() {
      await server.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true });
    },
  };
  return self;
}

/** A pipeline of stages that let a release through at once, but for what is said of a stage. */
export function pipelineOf(app: string, stages: Readonly<Record<string, string>>): string {
  const lines = Object.entries(stages).map(([name, rest]) => `  - { name: ${name}${rest === "" ? "" : `, ${rest}`} }`);
  return `apiVersion: sluice/v1\napp: ${app}\nstages:\n${lines.join("\n")}\n`;
}
