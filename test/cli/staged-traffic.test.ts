import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Backend,
  noRouter,
  type Router,
  startBackend,
  startRouter,
} from "@sluice/server/targets/traffic/router-process.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

const skipped = noRouter();
const slots = ["blue", "green"];

interface Status {
  readonly stages: readonly {
    readonly name: string;
    readonly live: { readonly version: string } | null;
    readonly active: { readonly version: string; readonly basisPoints: number; readonly waitsFor: string } | null;
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

/** From staging to production with real traffic: checklist, approval, shares that rise, and the way back. */
describe.skipIf(skipped !== undefined)(`staged traffic${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  let commands: string;
  let folder: string;
  let backends: Backend[];
  let router: Router;
  let desk: ServedDesk;
  let approver: string;

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
    desk = await openServedDesk({ commandsDir: commands });
    const token = await desk.sluice(["token", "create", "--name", "ops-lead", "--role", "approver"]);
    approver = token.out.trim();
    await desk.file(
      "sluice.yaml",
      `apiVersion: sluice/v1
app: shop
stages:
  - name: staging
  - name: production
    gates:
      - approval: { from: [ops-lead] }
      - checklist:
          - { id: endpoints, title: All API endpoints respond correctly }
    rollout:
      linear: { by: 10%, every: 600ms }
    analysis:
      - issues: { at-least: critical }
    targets:
      - command: { deploy: ./deploy.sh, rollback: ./rollback.sh }
      - traffic: { haproxy: { socket: ${router.socket}, backend: shop } }
`,
    );
    expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
  }, 30_000);
  afterAll(async () => {
    await desk?.clear();
    await router?.stop();
    for (const { server } of backends ?? []) {
      server.closeAllConnections();
      server.close();
    }
    for (const each of [commands, folder]) await rm(each, { recursive: true, force: true });
  });

  const production = async () => {
    const { stages } = (await desk.sluice(["status", "--json"])).json() as Status;
    const stage = stages.find(({ name }) => name === "production");
    if (stage === undefined) throw new Error("there is no production");
    return stage;
  };

  async function letIn(version: string): Promise<void> {
    await desk.file("program", version);
    expect(await desk.sluice(["publish", version, "--component", "program=program"])).toMatchObject({ code: 0 });
    await until(production, ({ waiting }) => waiting.some((each) => each.version === version));
    expect(await desk.sluice(["check", version, "endpoints", "pass"])).toMatchObject({ code: 0 });
    const env = { SLUICE_TOKEN: approver };
    const approved = await desk.sluice(["approve", version, "production"], { env });
    expect(approved).toMatchObject({ code: 0 });
  }

  const isLive = (version: string) =>
    until(
      production,
      ({ live, targets }) => live?.version === version && targets.every(({ state }) => state === "applied"),
    );

  test("traffic rises with the exposure, as it is measured; errors at 30 % take it back", async () => {
    await letIn("1.0.0");
    await isLive("1.0.0");
    expect(await router.traffic(50)).toEqual(new Map([["1.0.0", 50]]));

    await letIn("1.1.0");
    const measured = new Map<number, number>();
    await until(production, () => true);
    for (let stage = await production(); stage.live?.version !== "1.1.0"; stage = await production()) {
      const before = stage.active;
      if (before === null || !/goes to|is complete/.test(before.waitsFor)) continue;
      const counts = await router.traffic(500);
      // Only what stood still while it was measured says anything.
      if ((await production()).active?.basisPoints !== before.basisPoints) continue;
      measured.set(before.basisPoints, (counts.get("1.1.0") ?? 0) / 5);
      expect(counts.get("503")).toBeUndefined();
    }
    expect(measured.size).toBeGreaterThanOrEqual(3);
    for (const [basisPoints, percent] of measured)
      expect(Math.abs(percent - basisPoints / 100), `at ${basisPoints / 100}%`).toBeLessThanOrEqual(2);
    await isLive("1.1.0");
    expect(await router.traffic(50)).toEqual(new Map([["1.1.0", 50]]));

    await letIn("1.2.0");
    await until(production, ({ active }) => active?.version === "1.2.0" && active.basisPoints >= 3_000);
    for (const backend of backends) backend.failing = backend.version === "1.2.0";
    const issue = ["issue", "open", "1.2.0", "--title", "API error rate above 5%", "--severity", "critical"];
    expect(await desk.sluice(issue)).toMatchObject({ code: 0 });
    const back = await isLive("1.1.0");
    expect(back).toMatchObject({ active: null, rolledBack: ["1.2.0"] });
    expect(await router.traffic(100)).toEqual(new Map([["1.1.0", 100]]));
    const incidents = await desk.sluice(["incidents"]);
    expect(incidents.out).toContain("1.2.0");
  }, 90_000);
});
