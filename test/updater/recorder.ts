import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A server between a client and its update server, which writes down who said what to whom, in order. */
export interface Recorder {
  /** What the client takes for its update server. What is asked below `/system/` is only written down. */
  readonly url: string;
  readonly arrows: string[];
  /** What checks are answered with in place of what the server says. */
  forged: object | undefined;
  close(): Promise<void>;
}

/** @param target address of the real update server */
export async function openRecorder(target: string): Promise<Recorder> {
  const arrows: string[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = incoming.url ?? "/";
    const body = await buffer(incoming);
    arrows.push(arrowOf(path, body));
    if (path.startsWith("/system/")) return void response.end();
    if (recorder.forged !== undefined && path.startsWith("/api/v1/updates/check"))
      return void response.end(JSON.stringify(recorder.forged));
    const { method, headers } = incoming;
    const outgoing = request(new URL(path, target), { method, headers, agent: false }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    outgoing.once("error", () => response.destroy());
    outgoing.end(body);
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const recorder: Recorder = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrows,
    forged: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return recorder;
}

function arrowOf(path: string, body: Buffer): string {
  if (path.startsWith("/system/")) return `System: ${path.slice("/system/".length).replaceAll("/", " ")}`;
  if (path.startsWith("/api/v1/updates/check")) return "UpdateServer: check";
  if (path.startsWith("/api/v1/updates/status")) {
    const { status, version } = JSON.parse(body.toString()) as { status: string; version: string };
    return `UpdateServer: ${version} ${status}`;
  }
  if (path.includes("/blobs/")) return "Registry: component";
  return path.includes("/targets/releases/") ? "UpdateServer: manifest" : "UpdateServer: signed metadata";
}
