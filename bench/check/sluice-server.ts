/** What is measured: a real server in a fresh folder, with one application and a release that is live, or rolling out. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger } from "@sluice/server/logger.ts";
import { startServer } from "@sluice/server/server.ts";
import { answerParent } from "./child.ts";

const rollout =
  process.argv[2] === "partial" ? "{ steps: [{ to: 50%, hold: 24h }, { to: 100% }] }" : "{ steps: [{ to: 100% }] }";
const pipeline = `apiVersion: sluice/v1
app: bench
stages:
  - name: stable
    rollout: ${rollout}
`;

const dataDir = await mkdtemp(join(tmpdir(), "sluice-bench-check-"));
const server = await startServer({ dataDir, port: 0, logger: createLogger({ level: "warn" }) });

async function send(method: string, path: string, type: string, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${server.adminToken}`, "content-type": type };
  const response = await fetch(server.url + path, { method, headers, body });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}

const content = "the content of a release";
const sha256 = createHash("sha256").update(content).digest("hex");
const component = { name: "program", kind: "file", sha256, size: content.length };
await send("PUT", "/api/v1/apps/bench/pipeline", "application/yaml", pipeline);
await send("PUT", `/api/v1/blobs/${sha256}`, "application/octet-stream", content);
await send(
  "POST",
  "/api/v1/apps/bench/releases",
  "application/json",
  JSON.stringify({ version: "1.0.0", components: [component] }),
);

async function isOffered(clientId: string): Promise<boolean> {
  const headers = { "X-App": "bench", "X-Channel": "stable", "X-Client-Id": clientId };
  const answer = (await (await fetch(`${server.url}/api/v1/updates/check`, { headers })).json()) as {
    updateAvailable: boolean;
  };
  return answer.updateAvailable;
}
// With half of the clients exposed, some of these are, but for one chance in 10^30.
const clients = Array.from({ length: 100 }, (_, i) => `client-${i}`);
while (!(await Promise.all(clients.map(isOffered))).some(Boolean)) await wait(20);

answerParent(server.url, async () => {
  await server.close();
  await rm(dataDir, { recursive: true });
});
