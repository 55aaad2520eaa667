import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DebianServer, startDebianServer } from "./debian-server.ts";

export const prometheusProgram = "/usr/bin/prometheus";

/** For tests: a real Prometheus server in a folder. @param scrape `host:port`, or several, whose /metrics it reads every second */
export async function startPrometheus(
  folder: string,
  options: { readonly scrape?: string | readonly string[]; readonly port?: number; readonly more?: string } = {},
): Promise<DebianServer & { readonly port: number }> {
  const targets = JSON.stringify([options.scrape ?? []].flat());
  const scrape =
    options.scrape === undefined ? "[]" : `\n  - job_name: app\n    static_configs: [{ targets: ${targets} }]`;
  const global = "global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }";
  await writeFile(join(folder, "prometheus.yml"), `${global}\nscrape_configs: ${scrape}\n${options.more ?? ""}`);
  return startDebianServer(
    prometheusProgram,
    (address) => [
      "--config.file=prometheus.yml",
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ],
    { folder, ready: "/-/ready", ...(options.port === undefined ? {} : { port: options.port }) },
  );
}
