import { sha256Hex } from "@sluice/core/log/digest.ts";
import { trafficTargetSchema } from "@sluice/core/targets/traffic.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Clock } from "../../clock/clock.ts";
import { carryOut } from "../carry-out.ts";
import { orderFor, targetContract } from "../contract.ts";
import { openTraffic } from "./open.ts";
import { StandInForAws } from "./stand-in-for-aws.ts";

const release = (version: string) => ({
  version,
  manifest: manifestOf(version),
  digest: version,
  publishedAt: 0,
  publishedBy: "ci",
});
const [older, newer] = [release("1.0.0"), release("1.1.0")];
const patient = () => new AbortController().signal;
/** Its waiting is over at once. */
const clock: Clock = {
  now: () => 0,
  wakeAt(_at, wake) {
    const timer = setImmediate(wake);
    return () => clearImmediate(timer);
  },
};
const secrets = (name: string) => `the ${name}`;

async function aws(kind: "lambda" | "codedeploy") {
  const versions = ["0.9.0", "1.0.0", "1.1.0"].map((version, i) => ({
    number: String(i + 1),
    sha256: sha256Hex(version),
  }));
  const server = await new StandInForAws(versions, "1").start();
  const credentials = { "access-key-id": "ID", "secret-access-key": "KEY" };
  const access = { endpoint: server.endpoint, credentials };
  const lambda = { function: "shop-api", alias: "live", ...access };
  const spec =
    kind === "lambda" ? { lambda } : { codedeploy: { application: "shop", group: "prod", lambda, ...access } };
  const versionOf = (number: string) => ({ "2": "1.0.0", "3": "1.1.0" })[number] ?? null;
  return {
    server,
    open: () => openTraffic(trafficTargetSchema.parse(spec), { clock, secrets }),
    older,
    newer,
    async live() {
      const main = versionOf(server.alias.main);
      const [trial] = Object.entries(server.alias.weights);
      if (trial === undefined) return { main };
      return { main, trial: { version: versionOf(trial[0]) ?? "?", basisPoints: trial[1] * 10_000 } };
    },
    changes: () => server.changes,
    cutAfter(count: number | undefined) {
      server.left = count;
    },
    remove: () => server.stop(),
  };
}

async function opened(kind: "lambda" | "codedeploy") {
  const world = await aws(kind);
  onTestFinished(world.remove);
  return { ...world, carry: (order: ReturnType<typeof orderFor>) => carryOut(world.open(), order, patient()) };
}

describe("the weights of an alias, at a stand-in for AWS", () => {
  targetContract("traffic.lambda", () => aws("lambda"));

  test("a package that no published version has is named", async () => {
    const { carry } = await opened("lambda");
    await expect(carry(orderFor({ main: release("2.0.0") }))).rejects.toMatchObject({
      retryable: true,
      message: expect.stringMatching(/no published version of shop-api has the code of 2\.0\.0/),
    });
  });

  test("keeps a release that has nothing before it, and says so", async () => {
    const { carry } = await opened("lambda");
    const back = orderFor({ main: null, leaving: older });
    await carry(orderFor({ main: older }));
    await expect(carry(back)).rejects.toMatchObject({
      retryable: false,
      message:
        "there is no release to go back to, so 1.0.0 stays behind the alias live of shop-api: move it to the version that it led to",
    });
  });

  test("what was asked for and what the alias reports are both kept, and their difference is told", async () => {
    const { carry, open, server } = await opened("lambda");
    const order = orderFor({ main: older, trial: { release: newer, basisPoints: 1_000 } });
    expect(await carry(order)).toMatchObject({ verify: { askedBasisPoints: 1_000, reportedBasisPoints: 1_000 } });
    server.alias.weights = { "3": 0.5 };
    expect(await open().verify?.(order, patient())).toMatchObject({
      agrees: false,
      text: "the alias live of shop-api leads to version 2, 3 50%",
      evidence: { askedBasisPoints: 1_000, reportedBasisPoints: 5_000 },
    });
  });

  test.each([
    [403, "AccessDeniedException", false],
    [404, "ResourceNotFoundException", false],
    [412, "PreconditionFailedException", true],
    [429, "TooManyRequestsException", true],
    [500, "ServiceException", true],
  ])("%i %s is tried again: %s", async (status, type, retryable) => {
    const { carry, server } = await opened("lambda");
    server.refuse = { status, type };
    await expect(carry(orderFor({ main: newer }))).rejects.toMatchObject({ retryable });
  });
});

describe("CodeDeploy, at a stand-in for AWS", () => {
  targetContract("traffic.codedeploy", () => aws("codedeploy"));

  test("a deployment that its alarms take back fails, and says why", async () => {
    const { carry, server, live } = await opened("codedeploy");
    await carry(orderFor({ main: older }));
    server.outcome = { status: "Failed", looks: 2 };
    await expect(carry(orderFor({ main: newer }))).rejects.toMatchObject({
      retryable: false,
      message: "CodeDeploy's shop/prod ended d-2 as Failed: an alarm went off",
    });
    expect(await live()).toEqual({ main: "1.0.0" });
  });

  test("a release that has nothing before it stays, and that is said", async () => {
    const { carry } = await opened("codedeploy");
    await carry(orderFor({ main: older }));
    await expect(carry(orderFor({ main: null, leaving: older }))).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(/^there is no release to go back to, so 1\.0\.0 stays behind the alias live/),
    });
  });

  test("a deployment of something else is stopped on the way back, and one of the same is waited for", async () => {
    const { carry, server, live } = await opened("codedeploy");
    await carry(orderFor({ main: older }));
    server.outcome = { status: "Succeeded", looks: 1_000_000 };
    const stop = new AbortController();
    const { open } = { open: () => carryOut(openedTarget(), orderFor({ main: newer }), stop.signal) };
    const openedTarget = () => openTraffic(trafficTargetSchema.parse(specOf(server.endpoint)), { clock, secrets });
    const underWay = open();
    await expect.poll(() => server.deployments.length).toBe(2);
    stop.abort();
    await expect(underWay).rejects.toMatchObject({ retryable: true });
    const back = orderFor({ main: older, leaving: newer });
    await carry(back).catch(() => undefined);
    await carry(back);
    expect(server.deployments[1]?.status).toBe("Stopped");
    expect(await live()).toEqual({ main: "1.0.0" });
  });
});

function specOf(endpoint: string) {
  const access = { endpoint, credentials: { "access-key-id": "ID", "secret-access-key": "KEY" } };
  const lambda = { function: "shop-api", alias: "live", ...access };
  return { codedeploy: { application: "shop", group: "prod", lambda, ...access } };
}
