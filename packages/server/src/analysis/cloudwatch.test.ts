import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { cloudWatchSchema } from "@sluice/core/analysis/providers/cloudwatch.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import { systemClock } from "../clock/clock.ts";
import { startTestServer } from "../http/test-server.ts";
import { cloudWatchProvider } from "./cloudwatch.ts";
import { describeProvider, measured } from "./contract.ts";

/**
 * Stands in for Amazon CloudWatch, which tests cannot reach: DescribeAlarms by the documented protocol AWS JSON 1.0, as the AWS client speaks it
 * (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html). Answers for the alarms it knows; an alarm called `hangs` never gets an answer.
 */
class StandIn {
  readonly states = new Map<string, { state: string; reason?: string; composite?: boolean }>();
  readonly asked: { readonly body: Record<string, unknown>; readonly headers: IncomingMessage["headers"] }[] = [];
  readonly #open = new Set<ServerResponse>();
  #hung = false;
  refusal: { readonly status: number; readonly type: string; readonly message: string } | undefined;
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  begun(): "nothing" | "running" | "over" {
    if (!this.#hung) return "nothing";
    return this.#open.size === 0 ? "over" : "running";
  }

  forget(): void {
    this.#hung = false;
    this.asked.length = 0;
    this.refusal = undefined;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(request)) as { AlarmNames: string[]; AlarmTypes: string[] };
    this.asked.push({ body, headers: request.headers });
    const send = (status: number, answer: object) =>
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(answer));
    const { refusal } = this;
    if (refusal !== undefined) {
      send(refusal.status, { __type: `com.amazonaws.cloudwatch#${refusal.type}`, message: refusal.message });
      return;
    }
    if (request.headers["x-amz-target"] !== "GraniteServiceVersion20100801.DescribeAlarms") {
      send(400, { __type: "UnknownOperationException" });
      return;
    }
    if (body.AlarmNames.includes("hangs")) {
      this.#hung = true;
      this.#open.add(response);
      response.on("close", () => this.#open.delete(response));
      return;
    }
    const found = (composite: boolean) =>
      body.AlarmNames.flatMap((AlarmName) => {
        const known = this.states.get(AlarmName);
        if (known === undefined || (known.composite ?? false) !== composite) return [];
        // Epoch seconds, as the protocol has it.
        return [
          { AlarmName, StateValue: known.state, StateReason: known.reason, StateUpdatedTimestamp: 1_767_225_600 },
        ];
      });
    send(200, { MetricAlarms: found(false), CompositeAlarms: found(true) });
  }
}

const standIn = new StandIn();
let endpoint: string;
beforeAll(async () => {
  endpoint = await standIn.listen();
  standIn.states.set("5xx", { state: "OK", reason: "Threshold Crossed: no datapoints were greater than 5.0" });
  standIn.states.set("all", { state: "OK", composite: true });
  standIn.states.set("latency", { state: "ALARM", reason: "3 datapoints were greater than 2.0" });
  standIn.states.set("quiet", { state: "INSUFFICIENT_DATA", reason: "Unchecked: Initial alarm creation" });
  standIn.states.set("shop-1.2.3", { state: "OK" });
  // The default chain looks here first.
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-a-secret");
});
beforeEach(() => standIn.forget());
afterAll(() => {
  vi.unstubAllEnvs();
  standIn.close();
});

const provider = cloudWatchProvider({ clock: systemClock });
const probe = (alarms: string[], more: Partial<z.input<typeof cloudWatchSchema>> = {}) =>
  cloudWatchSchema.parse({ alarms, region: "eu-central-1", endpoint, ...more });
const measure = (alarms: string[], more: Partial<z.input<typeof cloudWatchSchema>> = {}) =>
  provider.measure(probe(alarms, more), measured, new AbortController().signal);

describeProvider("cloudwatch", async () => ({
  provider,
  pass: probe(["5xx", "all"]),
  fail: probe(["5xx", "latency"]),
  inconclusive: probe(["5xx", "quiet"]),
  gone: probe(["nobody-made-it"]),
  late: probe(["hangs"], { timeout: "200ms" }),
  hanging: probe(["hangs"], { timeout: "5m" }),
  begun: async () => standIn.begun(),
  close: async () => {},
}));

describe("alarms", () => {
  test("are asked for by name in the region, signed, composite ones too", async () => {
    expect(await measure(["5xx", "all"])).toMatchObject({
      verdict: "pass",
      reason: "OK: 5xx, all",
      evidence: { alarms: { "5xx": { state: "OK", since: "2026-01-01T00:00:00.000Z" }, all: { state: "OK" } } },
    });
    const [{ body, headers } = { body: {}, headers: {} }] = standIn.asked;
    expect(body).toMatchObject({ AlarmNames: ["5xx", "all"], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] });
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/monitoring\/aws4_request, /,
    );
  });

  test("may name the release", async () => {
    expect((await measure([`shop-\${version}`])).reason).toBe("OK: shop-1.2.3");
  });

  test("that fire are a failure, whatever the others say, with the service's reason", async () => {
    expect(await measure(["nobody-made-it", "quiet", "latency"])).toMatchObject({
      verdict: "fail",
      reason: "latency is in alarm: 3 datapoints were greater than 2.0",
      evidence: { alarms: { "nobody-made-it": null, quiet: { state: "INSUFFICIENT_DATA" } } },
    });
  });

  test("that are not there are an error, and one without data is never a pass", async () => {
    expect(await measure(["5xx", "nobody-made-it"])).toMatchObject({
      verdict: "error",
      reason: "no such alarm: nobody-made-it",
    });
    expect(await measure(["5xx", "quiet"])).toMatchObject({ verdict: "inconclusive", reason: "no data: quiet" });
  });
});

describe("what is no answer about alarms", () => {
  test("is an error that names what the service refused, asked once", async () => {
    standIn.refusal = {
      status: 403,
      type: "AccessDeniedException",
      message: "not authorized to perform: DescribeAlarms",
    };
    expect(await measure(["5xx"])).toMatchObject({
      verdict: "error",
      reason: "CloudWatch: AccessDeniedException: not authorized to perform: DescribeAlarms",
    });
    standIn.refusal = { status: 500, type: "InternalServiceFault", message: "try later" };
    expect((await measure(["5xx"])).verdict).toBe("error");
    expect(standIn.asked).toHaveLength(2);
  });

  test("is an error when nobody listens, or no region is known", async () => {
    expect((await measure(["5xx"], { endpoint: "http://127.0.0.1:1" })).reason).toMatch(/^CloudWatch: .*ECONNREFUSED/);
    vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
    vi.stubEnv("AWS_REGION", undefined);
    const { region: _, ...nowhere } = probe(["5xx"]);
    const found = await provider.measure(nowhere, measured, new AbortController().signal);
    expect([found.verdict, found.reason]).toEqual(["error", "CloudWatch: Region is missing"]);
  });
});

test("an alarm that begins to fire stops a rollout; one without data holds it", async () => {
  const sluice = await startTestServer();
  try {
    standIn.states.set("errors", { state: "INSUFFICIENT_DATA" });
    const analysis = `{ alarms: [errors], region: eu-central-1, endpoint: "${endpoint}", interval: 1s }`;
    const body = `apiVersion: sluice/v1\napp: shop\nstages:\n  - name: prod\n    rollout: { steps: [{ to: 10%, hold: 1s }, { to: 100%, hold: 1h }] }\n    analysis: [{ cloudwatch: ${analysis} }]\n`;
    expect((await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body })).status).toBe(200);
    await sluice.publish("shop", "1.0.0");
    const prod = async () => {
      const { stages } = (await sluice.call("GET", "/api/v1/apps/shop/status")).body as {
        stages: { active: { basisPoints: number; waitsFor: string } | null; rolledBack: string[] }[];
      };
      return stages[0];
    };
    await sluice.until("held", async () => /no data: errors/.test((await prod())?.active?.waitsFor ?? ""));
    expect((await prod())?.active?.basisPoints).toBe(1_000);
    standIn.states.set("errors", { state: "ALARM", reason: "too many" });
    await sluice.until("rolled back", async () => (await prod())?.rolledBack.includes("1.0.0") === true);
  } finally {
    await sluice.close();
  }
});
