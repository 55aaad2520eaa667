import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** A web server that has files and answers nothing else, as a CDN would. */
export interface FileServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a folder's files. */
export async function serveFolder(root: string): Promise<FileServer> {
  const server = createServer((request, response) => {
    const file = join(root, normalize(new URL(request.url ?? "/", "http://files").pathname));
    stat(file).then(
      ({ size }) => {
        response.writeHead(200, { "content-length": size });
        createReadStream(file).pipe(response);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
