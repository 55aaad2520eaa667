/** The load: keep-alive connections, each with one request under way. */
import { connect, type Socket } from "node:net";

export interface LoadTask {
  readonly url: string;
  readonly path: string;
  readonly connections: number;
  readonly requests: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bodyBytes: number;
}

/** A round ends after this many seconds, whatever is left. */
const secondsMax = 20;

function requestOf(task: LoadTask, connection: number): Buffer {
  const { host } = new URL(task.url);
  return Buffer.from(
    `GET ${task.path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: sluice-bench\r\nAccept: application/json\r\n` +
      `X-App: bench\r\nX-Channel: stable\r\nX-Client-Id: client-${connection}\r\nX-Current-Version: 0.9.0\r\n` +
      "X-Platform: linux-x64\r\n\r\n",
  );
}

interface Progress {
  left: number;
  readonly latenciesMs: number[];
  bodyBytes: number;
  readonly deadline: number;
}

/** Sends one request after the other on one connection until none is left. */
function drive(task: LoadTask, connection: number, progress: Progress): Promise<void> {
  const request = requestOf(task, connection);
  const { hostname, port } = new URL(task.url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let received = "";
    let sentAt = 0;
    const next = () => {
      if (progress.left <= 0 || performance.now() > progress.deadline) {
        socket.end(resolve);
        return;
      }
      progress.left--;
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      received = received === "" ? chunk.toString("latin1") : received + chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const bodyBytes = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < end + 4 + bodyBytes) return;
      if (!received.startsWith("HTTP/1.1 200")) {
        reject(new Error(received));
        return;
      }
      progress.latenciesMs.push(performance.now() - sentAt);
      progress.bodyBytes = bodyBytes;
      received = "";
      next();
    });
  });
}

async function run(task: LoadTask): Promise<LoadResult> {
  const start = performance.now();
  const progress = { left: task.requests, latenciesMs: [], bodyBytes: 0, deadline: start + secondsMax * 1_000 };
  await Promise.all(Array.from({ length: task.connections }, (_, i) => drive(task, i, progress)));
  const seconds = (performance.now() - start) / 1_000;
  const sorted = Float64Array.from(progress.latenciesMs).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { requests: sorted.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99), bodyBytes: progress.bodyBytes };
}

if (process.send !== undefined && process.argv[1] === import.meta.filename)
  process.on("message", (task: LoadTask) => {
    run(task).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
