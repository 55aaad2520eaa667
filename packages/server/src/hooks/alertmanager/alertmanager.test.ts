import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prometheusProgram, startPrometheus } from "../../analysis/debian-prometheus.ts";
import { debianTest, startDebianServer } from "../../analysis/debian-server.ts";
import { pipelineOf, startTestServer, type TestServer } from "../../http/test-server.ts";

const alertmanagerProgram = "/usr/bin/prometheus-alertmanager";
const path = "/api/v1/hooks/alertmanager";

let sluice: TestServer;
let monitor: string;
beforeAll(async () => {
  sluice = await startTestServer();
  const alerts = "alerts: { labels: { version: release }, severities: { page: critical } }\n";
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: `${pipelineOf("shop", { prod: "" })}${alerts}` });
  await sluice.publish("shop", "1.0.0");
  monitor = await sluice.token("monitor");
});
afterAll(() => sluice.close());

let fingerprints = 0;
const alertOf = (labels: object = {}, more: object = {}) => ({
  status: "firing",
  labels: { alertname: "Errors", app: "shop", stage: "prod", release: "1.0.0", severity: "page", ...labels },
  annotations: { summary: "Too many errors" },
  startsAt: "2026-01-01T00:00:00.000Z",
  endsAt: "0001-01-01T00:00:00Z",
  generatorURL: "",
  fingerprint: (++fingerprints).toString(16).padStart(16, "0"),
  ...more,
});

const send = (alerts: readonly object[], token: string | null = monitor, query = "") =>
  sluice.call("POST", path + query, { body: { version: "4", status: "firing", alerts }, token });
const outcomes = async (...alerts: readonly object[]) =>
  (await send(alerts)).body.alerts as { outcome: string; detail: string }[];
const issues = async () =>
  (await sluice.call("GET", "/api/v1/apps/shop/issues")).body.issues as {
    id: string;
    title: string;
    severity: string;
    stage?: string;
    openedBy: string;
    resolved?: object;
  }[];

test("an alert opens an issue once, however often it is told, and resolves it when it is over", async () => {
  const alert = alertOf();
  const [opened] = await outcomes(alert);
  expect(opened?.outcome).toBe("opened");
  expect(await outcomes(alert, alert)).toMatchObject([{ outcome: "known" }, { outcome: "known" }]);
  const find = async () => (await issues()).find(({ id }) => id === opened?.detail);
  expect(await find()).toMatchObject({
    title: "Too many errors",
    severity: "critical",
    stage: "prod",
    openedBy: expect.stringMatching(/^monitor/),
  });
  expect(await outcomes({ ...alert, status: "resolved" })).toMatchObject([
    { outcome: "resolved", detail: opened?.detail },
  ]);
  expect(await find()).toHaveProperty("resolved");
  const before = (await issues()).length;
  expect(await outcomes(alert, { ...alert, status: "resolved" })).toMatchObject([
    { outcome: "known" },
    { outcome: "known" },
  ]);
  expect((await issues()).length).toBe(before);
  expect(await outcomes({ ...alert, startsAt: "2026-01-02T00:00:00.000Z" })).toMatchObject([{ outcome: "opened" }]);
});

test("what is about no release changes nothing, and says why", async () => {
  const before = await issues();
  const without = alertOf();
  delete (without.labels as { release?: string }).release;
  expect(
    await outcomes(without, alertOf({ release: "newest" }), alertOf({ release: "9.9.9" }), alertOf({ app: "other" })),
  ).toMatchObject([
    { outcome: "ignored", detail: 'it has no label "release", so it is about no release' },
    { outcome: "ignored", detail: 'its label "release" is "newest", which is no SemVer version' },
    { outcome: "ignored", detail: expect.stringContaining("9.9.9") },
    { outcome: "ignored", detail: "no label names an application that is here" },
  ]);
  expect(await outcomes(alertOf({}, { status: "resolved" }))).toMatchObject([{ outcome: "known" }]);
  expect(await issues()).toEqual(before);
});

test("a severity that nobody mapped is a warning", async () => {
  const [opened] = await outcomes(alertOf({ severity: "whatever" }));
  expect((await issues()).find(({ id }) => id === opened?.detail)?.severity).toBe("warning");
});

test("without a token, with a wrong one, or with one for something else, nothing is taken", async () => {
  const before = await issues();
  expect((await send([alertOf()], null)).status).toBe(401);
  expect((await send([alertOf()], "wrong")).status).toBe(401);
  expect((await send([alertOf()], await sluice.token("publisher"))).status).toBe(403);
  expect((await sluice.call("POST", "/api/v1/apps/shop/issues/issue-1/resolve", { token: monitor })).status).toBe(403);
  const elsewhere = await sluice.token("monitor", { stages: ["dev"] });
  expect((await send([alertOf()], elsewhere)).body).toMatchObject({ alerts: [{ outcome: "ignored" }] });
  expect(await issues()).toEqual(before);
});

test("a body that is no notification is refused, and an application that is not here is named", async () => {
  expect((await sluice.call("POST", path, { body: { alerts: [{ status: "odd" }] }, token: monitor })).status).toBe(400);
  expect((await send([alertOf()], monitor, "?app=shopp")).status).toBe(404);
  expect((await send([alertOf({ app: "other" })], monitor, "?app=shop")).body).toMatchObject({
    alerts: [{ outcome: "opened" }],
  });
});

const { name, missing } = debianTest("with a real Prometheus and Alertmanager", prometheusProgram, alertmanagerProgram);

test.skipIf(missing)(`${name}: a firing alert opens an issue, a resolved one closes it`, async () => {
  const home = await mkdtemp(join(tmpdir(), "sluice-alerts-"));
  let broken = 1;
  const application = createServer((_, response) => response.end(`broken{release="1.0.0"} ${broken}\n`));
  await new Promise<void>((resolve) => application.listen(0, "127.0.0.1", resolve));
  const address = application.address();
  const running: (() => Promise<void>)[] = [];
  try {
    await mkdir(join(home, "alertmanager"));
    await writeFile(join(home, "token"), monitor);
    await writeFile(
      join(home, "alertmanager.yml"),
      [
        "route: { receiver: sluice, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }",
        "receivers:",
        "  - name: sluice",
        "    webhook_configs:",
        `      - url: ${sluice.server.url}${path}`,
        "        send_resolved: true",
        `        http_config: { authorization: { type: Bearer, credentials_file: ${join(home, "token")} } }`,
      ].join("\n"),
    );
    const alertmanager = await startDebianServer(
      alertmanagerProgram,
      (at) => [
        "--config.file=alertmanager.yml",
        `--storage.path=${join(home, "alertmanager")}`,
        `--web.listen-address=${at}`,
        "--cluster.listen-address=",
      ],
      { folder: home, ready: "/-/ready" },
    );
    running.push(alertmanager.stop);
    const labels = "{ app: shop, stage: prod, severity: page }";
    const annotations = "{ summary: 'Broken in {{ $labels.release }}' }";
    await writeFile(
      join(home, "rules.yml"),
      `groups: [{ name: shop, rules: [{ alert: Broken, expr: broken > 0, labels: ${labels}, annotations: ${annotations} }] }]\n`,
    );
    const target = alertmanager.url.slice("http://".length);
    const prometheus = await startPrometheus(home, {
      scrape: `127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
      more: `rule_files: [rules.yml]\nalerting: { alertmanagers: [{ static_configs: [{ targets: ["${target}"] }] }] }\n`,
    });
    running.push(prometheus.stop);
    const found = async () => (await issues()).find(({ title }) => title === "Broken in 1.0.0");
    await sluice.until("opened", async () => (await found()) !== undefined);
    expect(await found()).toMatchObject({ severity: "critical", stage: "prod" });
    broken = 0;
    await sluice.until("resolved", async () => (await found())?.resolved !== undefined);
  } finally {
    for (const stop of running.reverse()) await stop();
    application.closeAllConnections();
    application.close();
    await rm(home, { recursive: true });
  }
});

describe("the pipeline file", () => {
  test("refuses what is no label", async () => {
    const body = `${pipelineOf("other", { prod: "" })}alerts: { labels: { version: "a b" } }\n`;
    expect((await sluice.call("PUT", "/api/v1/apps/other/pipeline", { body })).status).toBe(422);
  });
});
