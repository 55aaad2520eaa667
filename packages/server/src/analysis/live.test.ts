import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../http/test-server.ts";

let sluice: TestServer;
let house: string;
/** What the application that is released answers. */
let status = 200;
const application = createServer((_, response) => response.writeHead(status).end("answer"));
let url = "";

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), "sluice-live-"));
  await mkdir(join(house, "commands"));
  await writeFile(join(house, "commands", "check"), '#!/bin/sh\ntest "$SLUICE_VERSION" != 1.1.0\n');
  await chmod(join(house, "commands", "check"), 0o755);
  await new Promise<void>((resolve) => application.listen(0, "127.0.0.1", resolve));
  const address = application.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
  sluice = await startTestServer({ commandsDir: join(house, "commands") });
});
afterAll(async () => {
  await sluice.close();
  application.closeAllConnections();
  application.close();
  await rm(house, { recursive: true });
});

async function apply(app: string, stage: string): Promise<void> {
  const body = `apiVersion: sluice/v1\napp: ${app}\nstages:\n  - name: dev\n${stage}`;
  const answer = await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body });
  expect(answer.text).toContain("digest");
}

async function stageOf(app: string) {
  const { body } = await sluice.call("GET", `/api/v1/apps/${app}/status`);
  const [stage] = body.stages as {
    live: { version: string; verification?: object } | null;
    active: { basisPoints: number; waitsFor: string; status: string } | null;
    rolledBack: string[];
  }[];
  if (stage === undefined) throw new Error("no stage");
  return stage;
}

const why = async (app: string, version: string) =>
  (await sluice.call("GET", `/api/v1/apps/${app}/why/${version}/dev`)).body;

const measurements = async (app: string, query = "") =>
  (await sluice.call("GET", `/api/v1/apps/${app}/measurements${query}`)).body as {
    measurements: { verdict: string; counted: string; evidence: object; seq: number; analysis: string }[];
    next?: number;
  };

const steps = "    rollout: { steps: [{ to: 10%, hold: 1s }, { to: 100% }] }\n";

test("a release that answers well is measured at each exposure and goes live; what was measured can be listed", async () => {
  status = 200;
  await apply("good", `${steps}    analysis: [{ http: { url: "${url}", max-latency: 5s, interval: 1s } }]\n`);
  await sluice.publish("good", "1.0.0");
  await sluice.until("live", async () => (await stageOf("good")).live?.version === "1.0.0");
  const all = await measurements("good", "?version=1.0.0&stage=dev");
  expect(all.measurements.map(({ counted }) => counted)).toEqual([
    "pass 1 of 1 at this exposure",
    "pass 1 of 1 at this exposure",
  ]);
  expect(all.measurements[0]).toMatchObject({
    promotion: "dev-1",
    analysis: "http",
    verdict: "pass",
    evidence: { url, status: 200, maxLatencyMs: 5_000 },
    alike: 0,
  });
  const first = await measurements("good", "?limit=1");
  expect(first.next).toBe(all.measurements[0]?.seq);
  expect((await measurements("good", `?limit=1&after=${first.next}`)).measurements[0]).toEqual(all.measurements[1]);
  expect((await sluice.call("GET", "/api/v1/apps/good/measurements?stage=prod")).status).toBe(404);
});

test("a release that answers badly goes back by itself, with what was measured in its incident", async () => {
  status = 200;
  await apply(
    "bad",
    `${steps}    analysis: [{ http: { url: "${url}", interval: 1s } }, { command: { run: [check], interval: 1s } }]\n`,
  );
  await sluice.publish("bad", "1.0.0");
  await sluice.until("live", async () => (await stageOf("bad")).live?.version === "1.0.0");
  await sluice.publish("bad", "1.1.0");
  await sluice.until("back", async () => (await stageOf("bad")).rolledBack.includes("1.1.0"));
  expect((await stageOf("bad")).live?.version).toBe("1.0.0");
  const { incidents } = (await sluice.call("GET", "/api/v1/apps/bad/incidents")).body as {
    incidents: { from: string; to: string; cause: string; reason: string; evidence: object }[];
  };
  expect(incidents).toMatchObject([
    {
      from: "1.1.0",
      to: "1.0.0",
      cause: "analysis",
      reason: "command: check ended with 1",
      evidence: { analysis: [{ analysis: "command", evidence: { run: ["check"], exitCode: 1 } }] },
    },
  ]);
});

test("what cannot be measured holds the rollout, and status and why name the analysis and the last error", async () => {
  const app = "unmeasured";
  await apply(app, `${steps}    analysis: [{ command: { run: [missing], interval: 1s, consecutive-errors: 1 } }]\n`);
  await sluice.publish(app, "1.0.0");
  const reason =
    /command: could not be measured, \d+ times in a row: missing: there is no missing in the server's folder/;
  await sluice.until("held", async () => reason.test(String((await stageOf(app)).active?.waitsFor)));
  expect((await stageOf(app)).active).toMatchObject({ basisPoints: 1_000, status: "active" });
  expect((await why(app, "1.0.0")).summary).toMatch(reason);
  expect((await sluice.call("GET", `/api/v1/apps/${app}/issues`)).body.issues).toEqual([]);
});

test("after everybody has it, a release is watched on: it is verified, or goes back", async () => {
  status = 200;
  await apply("verified", `    analysis: [{ http: { url: "${url}", interval: 1s } }]\n    verify: [1s, 3s]\n`);
  await sluice.publish("verified", "1.0.0");
  await sluice.until("verifying", async () => (await stageOf("verified")).live?.verification !== undefined);
  expect((await why("verified", "1.0.0")).summary).toMatch(
    /^1\.0\.0 is live in dev; it is being verified, window 1 of 2/,
  );
  await sluice.until("verified", async () => (await stageOf("verified")).live?.verification === undefined);
  await sluice.publish("verified", "1.1.0");
  await sluice.until("verifying again", async () => (await stageOf("verified")).live?.version === "1.1.0");
  status = 503;
  await sluice.until("back", async () => (await stageOf("verified")).rolledBack.includes("1.1.0"));
  expect((await stageOf("verified")).live).toMatchObject({ version: "1.0.0" });
});
