import { createServer } from "node:net";

/** Below the range from which systems take ports for outgoing connections, so that none of those takes one away meanwhile. */
const lowest = 20_000;
const highest = 32_000;

/** Finds free TCP ports of 127.0.0.1. They are free now; whoever wants one should take it soon. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  const from = lowest + Math.floor(Math.random() * (highest - lowest));
  for (let i = 0; i < highest - lowest && found.length < count; i++) {
    const port = lowest + ((from - lowest + i) % (highest - lowest));
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`);
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
