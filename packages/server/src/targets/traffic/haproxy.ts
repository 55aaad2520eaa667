import { connect } from "node:net";
import type { HaproxySpec } from "@sluice/core/targets/traffic.ts";
import { TargetFailure } from "../failure.ts";
import type { Router, RouterServer } from "./router.ts";

/** How long the runtime API may take, in ms, and what it may say, in bytes. */
const answerMs = 10_000;
const answerBytesMax = 4_000_000;

/** HAProxy, by its runtime API. */
export function haproxyRouter({ socket, backend }: HaproxySpec): Router {
  return {
    name: `HAProxy's backend ${backend}`,
    weightMax: 256,
    servers: (signal) => serversOf(socket, backend, signal),
    setWeights: (weights, signal) => setWeights({ socket, backend }, weights, signal),
  };
}

/**
 * Gives one command to HAProxy's runtime API. Rejects with a TargetFailure when it does not answer.
 * @see https://docs.haproxy.org/2.6/management.html#9.3
 */
function tell(socket: string, command: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const colon = socket.lastIndexOf(":");
    const host = socket.slice(0, colon).replace(/^\[|\]$/g, "");
    const connection = connect(
      socket.startsWith("/") ? { path: socket } : { host, port: Number(socket.slice(colon + 1)) },
    );
    let answer = "";
    const fail = (why: string) => {
      connection.destroy();
      reject(new TargetFailure(`HAProxy at ${socket} ${why}`, { retryable: true }));
    };
    const stop = () => fail("was not asked on: it was stopped");
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener("abort", stop, { once: true });
    connection.setTimeout(answerMs, () => fail(`did not answer within ${answerMs / 1_000} s`));
    connection.on("error", (error) => fail(`cannot be reached: ${error.message}`));
    connection.on("data", (chunk) => {
      answer += chunk.toString("utf8");
      if (answer.length > answerBytesMax) fail("said more than it should");
    });
    connection.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve(answer);
    });
    connection.end(`${command}\n`);
  });
}

/** The servers of a backend as HAProxy has them at this moment. */
async function serversOf(socket: string, backend: string, signal: AbortSignal): Promise<RouterServer[]> {
  const answer = await tell(socket, `show servers state ${backend}`, signal);
  const lines = answer.split("\n");
  const names = lines
    .find((line) => line.startsWith("# "))
    ?.slice(2)
    .split(" ");
  if (names === undefined)
    throw new TargetFailure(`HAProxy at ${socket} has no backend ${backend}: ${answer.trim().slice(0, 200)}`, {
      retryable: false,
    });
  const rows = lines.filter((line) => /^\d+ /.test(line)).map((line) => line.split(" "));
  return rows.map((row) => {
    const of = (name: string) => row[names.indexOf(name)] ?? "";
    return {
      name: of("srv_name"),
      address: `${of("srv_addr").includes(":") ? `[${of("srv_addr")}]` : of("srv_addr")}:${of("srv_port")}`,
      weight: Number(of("srv_uweight")),
      // 2 is running; any other than 0 of the administrative state is some kind of taken out.
      takesPart: of("srv_op_state") === "2" && of("srv_admin_state") === "0",
    };
  });
}

/** Sets the weights of servers, all in one go: no request comes between two of them. Rejects with a TargetFailure. */
async function setWeights(
  { socket, backend }: { readonly socket: string; readonly backend: string },
  weights: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  if (weights.size === 0) return;
  const commands = [...weights].map(([server, weight]) => `set server ${backend}/${server} weight ${weight}`);
  const answer = (await tell(socket, commands.join("; "), signal)).trim();
  if (answer !== "")
    throw new TargetFailure(`HAProxy did not take the weights of ${backend}: ${answer.slice(0, 200)}`, {
      retryable: false,
    });
}
