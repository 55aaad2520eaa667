import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of one request; undefined: nothing, it goes through. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection is cut after so many bytes of the body on its way there, or of the answer on its way back. */
  | { readonly cutSentAfter: number }
  | { readonly cutAnswerAfter: number }
  /** Every byte of the answer is another one. */
  | { readonly garble: true };

export interface FaultyProxy {
  readonly host: string;
  /** Asked for every request. */
  onRequest: (request: IncomingMessage) => Fault | undefined;
  /** Told of every request that the registry answered, with what it said. */
  onAnswer: (request: IncomingMessage, status: number) => void;
  stop(): Promise<void>;
}

/** Stands before a registry and does what networks and registries do on bad days. @param host of the registry */
export async function startFaultyProxy(host: string): Promise<FaultyProxy> {
  const server = createServer((incoming, outgoing) => handle(incoming, outgoing));
  const proxy: FaultyProxy = {
    host: "",
    onRequest: () => undefined,
    onAnswer: () => {},
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  function handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const fault = proxy.onRequest(incoming);
    if (fault !== undefined && "status" in fault) {
      incoming.resume();
      outgoing.writeHead(fault.status, { ...fault.headers }).end();
      return;
    }
    const [hostname, port] = host.split(":");
    const options = { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers };
    const passed = request(options, (answer) => {
      proxy.onAnswer(incoming, answer.statusCode ?? 0);
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      let sent = 0;
      answer.on("data", (chunk: Buffer) => {
        sent += chunk.length;
        if (fault !== undefined && "cutAnswerAfter" in fault && sent > fault.cutAnswerAfter) outgoing.destroy();
        else outgoing.write(fault !== undefined && "garble" in fault ? chunk.map((byte) => byte ^ 1) : chunk);
      });
      answer.on("end", () => outgoing.end());
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    let received = 0;
    incoming.on("data", (chunk: Buffer) => {
      received += chunk.length;
      passed.write(chunk);
      if (fault !== undefined && "cutSentAfter" in fault && received > fault.cutSentAfter) incoming.destroy();
    });
    incoming.on("end", () => passed.end());
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(proxy, { host: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}
