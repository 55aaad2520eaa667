import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../../analysis/debian-server.ts";

const program = "/usr/sbin/haproxy";

/** Why HAProxy cannot be tried here; undefined: it can. */
export function noRouter(): string | undefined {
  return existsSync(program) ? undefined : `not installed: ${program}`;
}

/** A program that says which version it is, to whoever asks for anything, and counts at `/metrics` what it answered. */
export interface Backend {
  readonly name: string;
  version: string;
  /** Answers 500 to everything but the questions for its version, its metrics and its health. */
  failing: boolean;
  /** Answers 429 in the same way: it has more to do than it takes on. */
  throttled: boolean;
  readonly server: Server;
}

export async function startBackend(name: string, version: string): Promise<Backend> {
  const requests = new Map<string, { total: number; failed: number }>();
  const server = createServer((incoming, answer) => {
    if (incoming.url === "/version") return answer.end(backend.version);
    if (incoming.url === "/metrics") return answer.end(metricsOf(requests));
    if (incoming.url === "/health") return answer.end("well");
    const { total, failed } = requests.get(backend.version) ?? { total: 0, failed: 0 };
    requests.set(backend.version, { total: total + 1, failed: failed + (backend.failing ? 1 : 0) });
    answer.statusCode = backend.failing ? 500 : backend.throttled ? 429 : 200;
    return answer.end(backend.version);
  });
  const backend: Backend = { name, version, failing: false, throttled: false, server };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return backend;
}

/** In the text format of Prometheus, version 0.0.4. */
function metricsOf(requests: ReadonlyMap<string, { readonly total: number; readonly failed: number }>): string {
  return [...requests]
    .map(([version, { total, failed }]) => {
      const labels = `{version="${version}"}`;
      return `function_invocations_total${labels} ${total}\nfunction_errors_total${labels} ${failed}\n`;
    })
    .join("");
}

export interface Router {
  /** Path of the runtime API. */
  readonly socket: string;
  /** `127.0.0.1:40123`: what it routes, and at `/metrics` what it counts, by its own exporter. */
  readonly address: string;
  /** Sends so many requests through it. @returns how many each version answered; `503` where nobody did */
  traffic(requests: number): Promise<Map<string, number>>;
  stop(): Promise<void>;
}

/** Starts a real HAProxy before these programs, all of them with weight 0. @param folder for its sockets */
export async function startRouter(folder: string, backends: readonly Backend[]): Promise<Router> {
  const [socket, front, file] = ["admin.sock", "front.sock", "haproxy.cfg"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const servers = backends.map(
    ({ name, server }) =>
      `  server ${name} 127.0.0.1:${(server.address() as AddressInfo).port} weight 0 check inter 100ms`,
  );
  const address = `127.0.0.1:${await freePort()}`;
  await writeFile(
    file,
    [
      "global",
      `  stats socket ${socket} mode 600 level admin`,
      "defaults",
      "  mode http",
      "  timeout connect 2s",
      "  timeout client 10s",
      "  timeout server 10s",
      "frontend in",
      `  bind unix@${front}`,
      `  bind ${address}`,
      "  http-request use-service prometheus-exporter if { path /metrics }",
      "  default_backend shop",
      "backend shop",
      "  balance roundrobin",
      ...servers,
      "",
    ].join("\n"),
  );
  const child = spawn(program, ["-db", "-q", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (!existsSync(socket) || !existsSync(front)) {
    if (child.exitCode !== null) throw new Error(`HAProxy did not start: ${said}`);
    await wait(10);
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const asked = request({ socketPath: front, path: "/", agent }, async (answer) => {
        let text = "";
        for await (const chunk of answer) text += String(chunk);
        resolve(answer.statusCode === 503 ? "503" : text);
      });
      asked.on("error", reject);
      asked.end();
    });
  return {
    socket,
    address,
    async traffic(requests) {
      const counts = new Map<string, number>();
      for (const version of await Promise.all(Array.from({ length: requests }, ask)))
        counts.set(version, (counts.get(version) ?? 0) + 1);
      return counts;
    },
    async stop() {
      agent.destroy();
      child.kill("SIGKILL");
      await ended;
    },
  };
}
