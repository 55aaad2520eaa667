import { readFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prometheusProgram, startPrometheus } from "@sluice/server/analysis/debian-prometheus.ts";
import { type DebianServer, debianTest } from "@sluice/server/analysis/debian-server.ts";
import { type Backend, type Router, startBackend, startRouter } from "@sluice/server/targets/traffic/router-process.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

const installed = debianTest("staged traffic", "/usr/sbin/haproxy", prometheusProgram);
const slots = ["blue", "green"];
const fromCi = ["tests", "coverage", "lint", "types", "security-scan", "benchmarks"];

interface Status {
  readonly stages: readonly {
    readonly name: string;
    readonly live: { readonly version: string; readonly verification?: { readonly windows: number } } | null;
    readonly active: { readonly version: string; readonly basisPoints: number; readonly moving?: true } | null;
    readonly waiting: readonly { readonly version: string; readonly waitsFor: readonly { readonly gate: string }[] }[];
    readonly rolledBack: readonly string[];
    readonly targets: readonly { readonly state: string }[];
  }[];
}

// Puts the release into the slot that was not deployed to last, unless one has it.
const deploy = `#!/bin/sh
cd "$(dirname "$0")"
grep -qx "$SLUICE_VERSION" blue green && exit 0
[ "$(cat last)" = blue ] && slot=green || slot=blue
echo "$SLUICE_VERSION" > "$slot"
echo "$slot" > last
`;
// The next release goes to the other slot again.
const rollback = `#!/bin/sh
cd "$(dirname "$0")"
slot=$(grep -lx "$SLUICE_VERSION" blue green) || { echo "no slot has $SLUICE_VERSION"; exit 1; }
echo "$slot" > last
`;

/** What `sluice init --template staging` wrote, with a service of its own, and so much faster: a minute takes a second or two. */
function faster(template: string, { router, every }: { readonly router: Router; readonly every: string }): string {
  const replaced = (text: string, [from, to]: readonly [string | RegExp, string]) => {
    const next = text.replace(from, to);
    expect(next, `the template has ${from}`).not.toBe(text);
    return next;
  };
  const version = `{version=\\"\${version}\\"}`;
  const haproxy = (code: string) => `sum(rate(haproxy_backend_http_responses_total{proxy=\\"shop\\"${code}}[5s]))`;
  return [
    ["soak: 24h", "soak: 1s"],
    ["every: 1m", `every: ${every}`],
    [/sum\(rate\(function_errors_total\[1m\]\)\)/, `sum(rate(function_errors_total${version}[5s]))`],
    [/sum\(rate\(function_invocations_total\[1m\]\)\)/, `sum(rate(function_invocations_total${version}[5s]))`],
    [/sum\(rate\(gateway_5xx_total\[1m\]\)\)/, haproxy(',code=\\"5xx\\"')],
    [/sum\(rate\(gateway_requests_total\[1m\]\)\)/, haproxy("")],
    [/sum\(increase\(function_throttles_total\[1m\]\)\)/, haproxy(',code=\\"4xx\\"').replace("rate", "increase")],
    ["max: 5%, for: 2m, interval: 15s", "max: 5%, for: 2s, interval: 1s"],
    ["max: 10%, for: 2m, interval: 15s", "max: 10%, for: 2s, interval: 1s"],
    [
      "max: 10, interval: 15s, initial-delay: 1m }",
      `max: 10, interval: 1s }\n      - http: { name: health, url: "http://${router.address}/health", max-latency: 5s, interval: 1s }`,
    ],
    ["verify: [15m, 1h, 24h]", "verify: [2s, 4s, 6s]"],
    [
      "on-failure: rollback",
      `on-failure: rollback
    targets:
      - command: { deploy: ./deploy.sh, rollback: ./rollback.sh }
      - traffic: { haproxy: { socket: ${router.socket}, backend: shop } }`,
    ],
  ].reduce((text, pair) => replaced(text, pair as [string | RegExp, string]), template);
}

/** From staging to production with real traffic: checklists, approvals, shares that rise, alarms of a real Prometheus, and the way back. */
describe.skipIf(installed.missing)(installed.name, () => {
  let commands: string;
  let folder: string;
  let backends: Backend[];
  let router: Router;
  let prometheus: DebianServer;
  let desk: ServedDesk;
  let items: readonly string[];
  let template: string;
  const tokens: Record<string, string> = {};
  const stopLoad = new AbortController();
  let load: Promise<void> | undefined;

  beforeAll(async () => {
    commands = await mkdtemp(join(tmpdir(), "sluice-slots-"));
    folder = await mkdtemp(join(tmpdir(), "sluice-router-"));
    for (const [name, text] of Object.entries({ "deploy.sh": deploy, "rollback.sh": rollback })) {
      await writeFile(join(commands, name), text);
      await chmod(join(commands, name), 0o755);
    }
    for (const name of [...slots, "last"]) await writeFile(join(commands, name), "green\n");
    backends = await Promise.all(
      slots.map(async (name) => {
        const backend = await startBackend(name, "");
        const version = { get: () => readFileSync(join(commands, name), "utf8").trim() };
        return Object.defineProperty(backend, "version", version);
      }),
    );
    router = await startRouter(folder, backends);
    const programs = backends.map(({ server }) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
    prometheus = await startPrometheus(folder, { scrape: [router.address, ...programs] });
    desk = await openServedDesk({ commandsDir: commands, prometheusUrl: prometheus.url });
    for (const [name, role] of [
      ["ci", "publisher"],
      ["team-lead", "approver"],
      ["ops-lead", "approver"],
      ["product-owner", "approver"],
    ] as const)
      tokens[name] = (await desk.sluice(["token", "create", "--name", name, "--role", role])).out.trim();
    expect(await desk.sluice(["init", "--template", "staging", "--app", "shop"])).toMatchObject({ code: 0 });
    template = await readFile(join(desk.folder, "sluice.yaml"), "utf8");
    items = [...template.matchAll(/^ +- \{ id: ([\w-]+), title/gm)].map(([, id = ""]) => id);
  }, 60_000);
  afterAll(async () => {
    stopLoad.abort();
    await load;
    await desk?.clear();
    await prometheus?.stop();
    await router?.stop();
    for (const { server } of backends ?? []) {
      server.closeAllConnections();
      server.close();
    }
    for (const each of [commands, folder]) await rm(each, { recursive: true, force: true });
  });

  const as = (name: string, ...argv: string[]) => desk.sluice(argv, { env: { SLUICE_TOKEN: tokens[name] ?? "" } });
  const production = async () => {
    const { stages } = (await desk.sluice(["status", "--json"])).json() as Status;
    const stage = stages.find(({ name }) => name === "production");
    if (stage === undefined) throw new Error("there is no production");
    return stage;
  };
  const apply = async (every: string) => {
    await desk.file("sluice.yaml", faster(template, { router, every }));
    expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
  };
  const closed = async (version: string) =>
    (await production()).waiting.find((one) => one.version === version)?.waitsFor.map(({ gate }) => gate);

  /** Staging, the results of CI, every item of both checklists, and the approvals: the last of these lets it in. */
  async function letIn(version: string, ...approvers: string[]): Promise<void> {
    await desk.file("program", version);
    expect(await as("ci", "publish", version, "--component", "program=program")).toMatchObject({ code: 0 });
    await until(production, ({ waiting }) => waiting.some((each) => each.version === version));
    for (const name of fromCi) expect(await as("ci", "check", version, name, "pass")).toMatchObject({ code: 0 });
    for (const id of items.slice(0, -1))
      expect(await as("ci", "check", version, id, "pass", "--stage", "production")).toMatchObject({ code: 0 });
    await until(
      () => closed(version),
      (gates) => gates?.[0] === "checklist",
    );
    await as("ci", "check", version, items.at(-1) ?? "", "pass", "--stage", "production");
    await until(
      () => closed(version),
      (gates) => gates?.every((gate) => gate === "approval") === true,
    );
    const request = (await desk.sluice(["show", version, "--format", "request"])).out;
    expect(request).toContain(`## Deployment Request: shop ${version} to production`);
    expect(request).toMatch(
      /checklist: 29 of 29 items[\s\S]*checklist: 6 of 6 items[\s\S]*\*\*Traffic Impact\*\*: 10% more every /,
    );
    expect(await as("ci", "approve", version, "production")).toMatchObject({ code: 3 });
    for (const name of approvers) expect(await as(name, "approve", version, "production")).toMatchObject({ code: 0 });
  }

  const isLive = (version: string) =>
    until(
      production,
      ({ live, active, targets }) =>
        live?.version === version && active === null && targets.every(({ state }) => state === "applied"),
    );
  const isVerified = (version: string) =>
    until(production, ({ live }) => live?.version === version && live.verification === undefined);

  /** Little traffic all the time, so that there is something to measure. */
  const begin = async () => {
    while (!stopLoad.signal.aborted) {
      await router.traffic(4);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  };

  test("traffic rises with the exposure, as it is measured; errors at 30 % take it back, and so does throttling, by the alarm alone", async () => {
    expect(items).toHaveLength(35);
    // Before there is a release to share the traffic with there is nothing to measure, so the first comes quickly.
    await apply("100ms");
    await letIn("1.0.0", "team-lead", "ops-lead", "product-owner");
    await until(production, ({ active }) => active !== null && active.moving !== true);
    load = begin();
    await isLive("1.0.0");
    expect(await router.traffic(50)).toEqual(new Map([["1.0.0", 50]]));
    expect((await production()).live?.verification).toMatchObject({ windows: 3 });
    await isVerified("1.0.0");

    await apply("2s");
    await letIn("1.1.0", "team-lead", "ops-lead");
    const measured = new Map<number, number>();
    for (let stage = await production(); stage.live?.version !== "1.1.0"; stage = await production()) {
      const before = stage.active;
      if (before === null || before.moving === true || measured.has(before.basisPoints)) continue;
      const counts = await router.traffic(500);
      // Only what stood still while it was measured says anything.
      if ((await production()).active?.basisPoints !== before.basisPoints) continue;
      measured.set(before.basisPoints, (counts.get("1.1.0") ?? 0) / 5);
      expect(counts.get("503")).toBeUndefined();
    }
    expect(measured.size).toBeGreaterThanOrEqual(5);
    for (const [basisPoints, percent] of measured)
      expect(Math.abs(percent - basisPoints / 100), `at ${basisPoints / 100}%`).toBeLessThanOrEqual(2);
    await isLive("1.1.0");
    expect(await router.traffic(50)).toEqual(new Map([["1.1.0", 50]]));
    await isVerified("1.1.0");

    await letIn("1.2.0", "team-lead", "ops-lead");
    await until(
      production,
      ({ active }) => active?.version === "1.2.0" && active.basisPoints >= 3_000 && active.moving !== true,
    );
    for (const backend of backends) backend.failing = backend.version === "1.2.0";
    const back = await isLive("1.1.0");
    expect(back).toMatchObject({ active: null, rolledBack: ["1.2.0"] });
    expect(await router.traffic(200)).toEqual(new Map([["1.1.0", 200]]));
    const before = (await desk.sluice(["incidents", "--json"])).json() as { incidents: readonly { from: string }[] };
    expect(before.incidents).toMatchObject([
      {
        cause: "analysis",
        from: "1.2.0",
        to: "1.1.0",
        reason: expect.stringMatching(/^(?:server-)?errors: [\d.]+ is above 0\.(?:05|1)\b/),
      },
    ]);

    // Of what was counted before, the queries see nothing any more.
    for (const backend of backends) backend.failing = false;
    await letIn("1.3.0", "team-lead", "ops-lead");
    await until(
      production,
      ({ active }) => active?.version === "1.3.0" && active.basisPoints >= 1_000 && active.moving !== true,
    );
    for (const backend of backends) backend.throttled = backend.version === "1.3.0";
    expect(await isLive("1.1.0")).toMatchObject({ active: null, rolledBack: expect.arrayContaining(["1.3.0"]) });
    const after = (await desk.sluice(["incidents", "--json"])).json() as typeof before;
    expect(after.incidents.find(({ from }) => from === "1.3.0")).toMatchObject({
      cause: "analysis",
      to: "1.1.0",
      reason: expect.stringMatching(/^throttles: [\d.]+ is above 10\b/),
    });
  }, 240_000);
});
