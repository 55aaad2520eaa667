import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prometheusSchema } from "@sluice/core/analysis/providers/prometheus.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { systemClock } from "../clock/clock.ts";
import { startTestServer } from "../http/test-server.ts";
import { describeProvider, measured } from "./contract.ts";
import { prometheusProgram, startPrometheus } from "./debian-prometheus.ts";
import { type DebianServer, debianTest } from "./debian-server.ts";
import { prometheusProvider } from "./prometheus.ts";

const { name, missing } = debianTest("against a real Prometheus", prometheusProgram);

const secrets = () => undefined;
const probe = (given: z.input<typeof prometheusSchema>) => prometheusSchema.parse(given);
const never = () => new AbortController().signal;

describe.skipIf(missing)(name, () => {
  let folder: string;
  let prometheus: DebianServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-prometheus-"));
    prometheus = await startPrometheus(folder);
  });
  afterAll(async () => {
    await prometheus.stop();
    await rm(folder, { recursive: true });
  });

  const measure = (given: z.input<typeof prometheusSchema>) =>
    prometheusProvider({ clock: systemClock, secrets, url: prometheus.url }).measure(probe(given), measured, never());

  describeProvider("prometheus", async () => {
    const open = new Set<ServerResponse>();
    let asked = false;
    const hanging = createServer((_, response) => {
      asked = true;
      open.add(response);
      response.on("close", () => open.delete(response));
    });
    await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
    const address = hanging.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    return {
      provider: prometheusProvider({ clock: systemClock, secrets, url: prometheus.url }),
      pass: probe({ query: "vector(0.05)", max: "5%" }),
      fail: probe({ query: "vector(0.051)", max: "5%" }),
      inconclusive: probe({ query: "nothing_of_that_name", max: 1 }),
      gone: probe({ url: "http://127.0.0.1:1", query: "vector(1)", max: 1 }),
      late: probe({ url, query: "vector(1)", max: 1, timeout: "50ms" }),
      hanging: probe({ url, query: "vector(1)", max: 1, timeout: "5m" }),
      begun: async () => (asked ? (open.size === 0 ? "over" : "running") : "nothing"),
      close: async () => {
        hanging.closeAllConnections();
        hanging.close();
      },
    };
  });

  test("holds a value to its limits, and says both", async () => {
    expect(await measure({ query: "vector(3)", min: 1, max: 2 })).toMatchObject({
      verdict: "fail",
      reason: "3 is above 2",
      evidence: { query: "vector(3)", value: 3, min: 1, max: 2 },
    });
    expect((await measure({ query: "scalar(vector(0))", min: 1 })).reason).toBe("0 is below 1");
    expect(await measure({ query: "vector(1)/vector(0)", max: 5 })).toMatchObject({
      verdict: "fail",
      evidence: { value: "Infinity" },
    });
  });

  test("NaN is no data", async () => {
    const found = await measure({ query: "vector(0)/vector(0)", max: 5 });
    expect([found.verdict, found.reason]).toEqual(["inconclusive", "no data: the query gives NaN"]);
  });

  test("several samples are an error, unless it is said what becomes of them", async () => {
    const query = 'vector(1) or label_replace(vector(3), "a", "b", "", "")';
    expect(await measure({ query, max: 5 })).toMatchObject({
      verdict: "error",
      reason: expect.stringContaining("2 samples"),
    });
    const valueBy = async (aggregate: "max" | "min" | "sum" | "avg") =>
      (await measure({ query, max: 5, aggregate })).evidence.value;
    expect([await valueBy("max"), await valueBy("min"), await valueBy("sum"), await valueBy("avg")]).toEqual([
      3, 1, 4, 2,
    ]);
  });

  test("a query that cannot be read, or that gives no number, is an error and not a failure", async () => {
    expect(await measure({ query: "rate(", max: 1 })).toMatchObject({
      verdict: "error",
      reason: expect.stringMatching(/^the query was refused: bad_data: .*parse error/),
    });
    expect((await measure({ query: '"text"', max: 1 })).reason).toBe("the query gives a string, not a number");
    expect((await measure({ query: "vector(1)[1m:1s]", max: 1 })).verdict).toBe("error");
  });

  test("a rising error rate stops a rollout; a Prometheus that stops holds one, and is named", async () => {
    const home = await mkdtemp(join(tmpdir(), "sluice-rising-"));
    let [requests, errors, failing] = [0, 0, false];
    const application = createServer((_, response) => {
      requests += 100;
      if (failing) errors += 50;
      response.end(`requests_total{version="1.1.0"} ${requests}\nerrors_total{version="1.1.0"} ${errors}\n`);
    });
    await new Promise<void>((resolve) => application.listen(0, "127.0.0.1", resolve));
    const address = application.address();
    const scrape = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    let monitor = await startPrometheus(home, { scrape });
    const sluice = await startTestServer({ prometheusUrl: monitor.url });
    try {
      const rate = (of: string) => `rate(${of}{version=\\"\${version}\\"}[5s])`;
      const analysis = `{ query: "${rate("errors_total")} / ${rate("requests_total")}", max: 5%, for: 2s, interval: 1s, consecutive-errors: 1 }`;
      const stages = (hold: string) =>
        `apiVersion: sluice/v1\napp: shop\nstages:\n  - name: prod\n    rollout: { steps: [{ to: 10%, hold: ${hold} }, { to: 100% }] }\n    analysis:\n      - prometheus: ${analysis}\n`;
      const put = (hold: string) => sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: stages(hold) });
      const stage = async () => {
        const { body } = await sluice.call("GET", "/api/v1/apps/shop/status");
        return (
          body.stages as {
            live: { version: string } | null;
            active: { basisPoints: number; waitsFor: string } | null;
            rolledBack: string[];
          }[]
        )[0];
      };
      const waitsFor = async () => (await stage())?.active?.waitsFor ?? "";

      expect((await put("1h")).status).toBe(200);
      await sluice.publish("shop", "1.1.0");
      await sluice.until("a pass", async () => {
        const { body } = await sluice.call("GET", "/api/v1/apps/shop/measurements");
        return (body.measurements as { verdict: string }[]).some(({ verdict }) => verdict === "pass");
      });

      await monitor.stop();
      const gone =
        /prometheus: could not be measured, \d+ times in a row: http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/;
      await sluice.until("held", async () => gone.test(await waitsFor()));
      expect((await stage())?.active?.basisPoints).toBe(1_000);
      expect((await sluice.call("GET", "/api/v1/apps/shop/why/1.1.0/prod")).body.summary).toMatch(gone);

      monitor = await startPrometheus(home, { scrape, port: monitor.port });
      await sluice.until("measured again", async () => !gone.test(await waitsFor()));
      failing = true;
      await sluice.until("rolled back", async () => (await stage())?.rolledBack.includes("1.1.0") === true);
      const { body } = await sluice.call("GET", "/api/v1/apps/shop/incidents");
      expect(body.incidents).toMatchObject([
        { cause: "analysis", reason: expect.stringMatching(/^prometheus: 0\.\d+ is above 0\.05/), from: "1.1.0" },
      ]);
    } finally {
      await sluice.close();
      await monitor.stop();
      application.closeAllConnections();
      application.close();
      await rm(home, { recursive: true });
    }
  });
});

test("without a server to ask it says how to name one", async () => {
  const provider = prometheusProvider({ clock: systemClock, secrets, url: undefined });
  expect(await provider.measure(probe({ query: "up", max: 1 }), measured, never())).toMatchObject({
    verdict: "error",
    reason: expect.stringContaining("sluice serve --prometheus URL"),
  });
});

test("an answer that is not a Prometheus server's is an error", async () => {
  const other = createServer((request, response) =>
    response
      .writeHead(request.url?.startsWith("/html") ? 200 : 404)
      .end(request.url?.startsWith("/html") ? "<p>" : "{}"),
  );
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const ask = (place: string) =>
    prometheusProvider({ clock: systemClock, secrets, url: place }).measure(
      probe({ query: "up", max: 1 }),
      measured,
      never(),
    );
  expect((await ask(`${url}/html`)).reason).toMatch(/answered 200 and no JSON$/);
  expect((await ask(url)).reason).toBe("the answer is not a Prometheus server's");
  other.close();
});
