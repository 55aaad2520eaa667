import { afterEach, beforeEach, expect, test } from "vitest";
import { type Clock, systemClock } from "./clock/clock.ts";
import { pipelineOf, startTestServer, type TestServer } from "./http/test-server.ts";

const hour = 3_600_000;
const apps = ["shop", "billing"];
let sluice: TestServer;
/** How much the server's clock is ahead of this test's beginning, besides the time that passes. */
let aheadMs: number;

beforeEach(async () => {
  aheadMs = 0;
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
  };
  sluice = await startTestServer({ clock });
});
afterEach(() => sluice.close());

const shares = () => Promise.all(apps.map(exposure));

async function why(app: string): Promise<string> {
  const { body } = await sluice.call("GET", `/api/v1/apps/${app}/why/1.1.0/prod`);
  return (body.gates as { reason: string }[]).map(({ reason }) => reason).join("; ");
}

async function exposure(app: string): Promise<number> {
  const { body } = await sluice.call("GET", `/api/v1/apps/${app}/status`);
  const [stage] = body.stages as { active: { basisPoints: number } | null; live: { version: string } | null }[];
  return stage?.active?.basisPoints ?? (stage?.live?.version === "1.1.0" ? 10_000 : 0);
}

/** An application of which so many clients have 1.0.0. */
async function withClients(app: string, count: number): Promise<void> {
  const stage = "rollout: { steps: [{ to: 30% }, { to: 100% }] }";
  await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body: pipelineOf(app, { prod: stage }) });
  await sluice.publish(app, "1.0.0");
  await sluice.until("1.0.0 is live", async () => {
    const { body } = await sluice.call("GET", `/api/v1/apps/${app}/status`);
    return (body.stages as { live: unknown }[])[0]?.live !== null;
  });
  for (let i = 0; i < count; i++)
    await sluice.call("POST", "/api/v1/updates/status", {
      headers: { "x-app": app, "x-channel": "prod", "x-client-id": `c${i}` },
      body: { version: "1.0.0", status: "completed" },
    });
}

test("of two applications that release at once one gets the budget, and the other gets it once that goes back", async () => {
  await withClients("shop", 10);
  await withClients("billing", 10);
  // Of 20 clients 4 may be on young releases, and a first step is 3. What is live is two hours old by then.
  aheadMs = 2 * hour;
  const policy = "apiVersion: sluice/v1\nkind: policy\nname: house\nexposureBudget: { atMost: 20%, youngerThan: 1h }\n";
  expect((await sluice.call("PUT", "/api/v1/policies", { body: policy })).status).toBe(200);
  const onStage = (app: string, what: string) =>
    sluice.call("POST", `/api/v1/apps/${app}/stages/prod/${what}`, {
      body: what === "freeze" ? { reason: "together" } : {},
    });
  for (const app of apps) {
    await onStage(app, "freeze");
    await sluice.publish(app, "1.1.0");
  }
  await Promise.all(apps.map((app) => onStage(app, "thaw")));
  await sluice.until("one of them has its first step", async () => (await shares()).some((share) => share > 0));
  await sluice.until("the other says who holds it", async () => {
    const [held = ""] = await Promise.all(apps.map(why)).then((all) => all.filter((text) => text.includes("held by")));
    return /6 clients would be on young releases, and at most 4 \(20% of 20 clients\) may; held by \w+ 1.1.0 in prod \(3\)/.test(
      held,
    );
  });
  expect((await shares()).toSorted((a, b) => a - b)).toEqual([0, 3_000]);
  const first = (await shares())[0] === 3_000 ? "shop" : "billing";
  await sluice.call("POST", `/api/v1/apps/${first}/promotions/prod-2/abort`, { body: { reason: "not this one" } });
  await sluice.until("the other has its first step", async () => (await shares()).includes(3_000));
  aheadMs = 4 * hour;
  const second = first === "shop" ? "billing" : "shop";
  await sluice.call("POST", `/api/v1/apps/${second}/promotions/prod-2/pause`);
  await sluice.call("POST", `/api/v1/apps/${second}/promotions/prod-2/resume`);
  await sluice.until("everybody has it, now that it is old", async () => (await shares()).includes(10_000));
});
