import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DebianServer, startDebianServer } from "@sluice/server/analysis/debian-server.ts";

export const nginx = "/usr/sbin/nginx";

/** Starts nginx before a folder of files. @param folder for its own files */
export function serveFiles(root: string, folder: string): Promise<DebianServer> {
  const file = join(folder, "nginx.conf");
  return startDebianServer(
    nginx,
    (address) => {
      const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${join(folder, name)};`,
      );
      const server = `server { listen ${address}; root ${root}; location = /ready { return 200; } }`;
      const http = `http { access_log off; ${paths.join(" ")} ${server} }`;
      // One process, so that none is left when it is ended. It would be nobody's: the folders of tests are their owner's alone.
      const user = process.getuid?.() === 0 ? "user root;" : "";
      writeFileSync(
        file,
        `daemon off; master_process off; pid ${join(folder, "nginx.pid")}; ${user} events {} ${http}\n`,
      );
      return ["-e", "stderr", "-p", folder, "-c", file];
    },
    { folder, ready: "/ready" },
  );
}
