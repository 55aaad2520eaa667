import { connect, createServer, type Socket } from "node:net";

/** For tests: stands between a node and PostgreSQL and cuts the connection when the answer to an append comes. */
export interface Cutter {
  /** The URL that leads through it. */
  readonly url: string;
  /** Cuts the next so many answers. What was asked has then been done. */
  cutAnswers(count: number): void;
  /** How many were cut. */
  cuts(): number;
  stop(): Promise<void>;
}

/** @param url of the real server. */
export async function startCutter(url: string): Promise<Cutter> {
  const real = new URL(url);
  const sockets = new Set<Socket>();
  let left = 0;
  let cut = 0;
  const server = createServer((near) => {
    const far = connect(Number(real.port), real.hostname);
    let appending = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (data) => {
      appending = data.includes("INSERT INTO sluice_events");
      far.write(data);
    });
    far.on("data", (data) => {
      // ReadyForQuery, the last message of an answer: the transaction has ended.
      if (appending && left > 0 && data.includes("Z\0\0\0\x05I")) {
        left -= 1;
        cut += 1;
        near.destroy();
      } else if (!(appending && left > 0)) near.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  const through = new URL(url);
  through.port = String(address.port);
  return {
    url: through.href,
    cutAnswers: (count) => {
      left = count;
    },
    cuts: () => cut,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
