import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Measurements } from "../../analysis/measurement.ts";
import { isRejection } from "../../errors/rejection.ts";
import { buildFeeds } from "../../feed/build.ts";
import type { Client } from "../../feed/client.ts";
import { decideUpdate } from "../../feed/decide-update.ts";
import { emptyHead } from "../../log/chain.ts";
import { bucketOf } from "../../rollout/bucket.ts";
import { Ledger } from "../../rollout/evidence/ledger.ts";
import { clientOn } from "../../testing/feeds.ts";
import { histories, pipelines } from "../../testing/histories.ts";
import { pipelineOf } from "../../testing/pipelines.ts";
import { given } from "../../testing/scenario.ts";
import * as step from "../../testing/steps.ts";
import { World } from "../../testing/world.ts";
import { type ClientQuestion, explainClient } from "./explain-client.ts";
import type { ClientReport } from "./installed.ts";

const feedIn = (world: World, channel: string) =>
  buildFeeds(world.state, world.log.at(-1) ?? emptyHead).find((feed) => feed.channel === channel);

function why(
  world: World,
  version: string,
  client: Client,
  more: Partial<ClientQuestion> & { readonly measurements?: Measurements } = {},
) {
  const { stage = "dev", measurements = world.measurements, ...rest } = more;
  const question = { version, stage, client, feed: feedIn(world, stage), reports: [], ...rest };
  const answer = explainClient(world.state, question, measurements, world.now);
  if (isRejection(answer)) throw new Error(answer.message);
  return answer;
}

const said = (world: World, version: string, status: ClientReport["status"], reason?: string): ClientReport => ({
  version,
  status,
  at: world.now,
  ...(reason === undefined ? {} : { reason }),
});

/** A client whose place in the rollout of a promotion lies in a share. */
function placed(world: World, promotion: string, from: number, to: number, more: Partial<Client> = {}): Client {
  const rolling = world.state.promotions.get(promotion);
  const salt = rolling !== undefined && "exposure" in rolling ? (rolling.exposure?.salt ?? "") : "";
  const ids = Array.from({ length: 2_000 }, (_, i) => `client-${i}`);
  const id = ids.find((one) => bucketOf(salt, one) >= from && bucketOf(salt, one) < to) ?? "nobody";
  return clientOn("1.0.0", { id, ...more });
}

const stepped = pipelineOf({
  name: "dev",
  rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "25%", hold: "2h" }, { to: "100%" }] },
});
const rollingIn = () =>
  given(stepped, step.publish("1.0.0"), step.passing("9h"), step.publish("1.1.0"), step.caughtUp).world;

describe("a rollout by shares", () => {
  test("says the place of a client that it has not reached, with which step it comes, and when at the earliest", () => {
    const world = rollingIn();
    const client = placed(world, "dev-2", 1_000, 2_500);
    const answer = why(world, "1.1.0", client);
    expect(answer).toMatchObject({
      standing: "does-not-get-it",
      next: null,
      exposure: { offered: 1_000 },
      obstacles: [
        {
          obstacle: "not-yet-exposed",
          detail: expect.stringMatching(
            /^10% of dev are offered it; this client's place is [12]\d(\.\d+)?%, so it comes at 25%$/,
          ),
          until: new Date(world.now + 3_600_000).toISOString(),
          who: expect.stringContaining("nobody but time"),
        },
      ],
    });
    const last = why(world, "1.1.0", placed(world, "dev-2", 2_500, 10_000));
    expect(last.obstacles[0]?.until).toBe(new Date(world.now + 3 * 3_600_000).toISOString());
    step.perform(world, step.passing("1h"));
    expect(why(world, "1.1.0", client)).toMatchObject({ standing: "gets-it", next: { version: "1.1.0" } });
  });

  test("gives a client within the share the release, and says on what grounds", () => {
    const world = rollingIn();
    const answer = why(world, "1.1.0", placed(world, "dev-2", 0, 1_000));
    expect(answer.standing).toBe("gets-it");
    expect(answer.summary).toMatch(/^client-\d+ gets 1\.1\.0 with its next check: its place is among the 10%/);
  });

  test("that is paused names who resumes it, and no moment; one that is halted offers it to nobody new", () => {
    const world = rollingIn();
    step.perform(world, step.pause("dev-2"));
    const client = placed(world, "dev-2", 1_000, 2_500);
    expect(why(world, "1.1.0", client).obstacles).toEqual([
      expect.objectContaining({ obstacle: "not-yet-exposed", who: "an operator: sluice resume dev" }),
    ]);
    expect(why(world, "1.1.0", client).obstacles[0]?.until).toBeUndefined();
    world.must({ type: "HaltRollout", id: "dev-2", reason: "odd" });
    expect(why(world, "1.1.0", placed(world, "dev-2", 0, 1_000)).obstacles).toMatchObject([
      { obstacle: "offered-to-nobody-new", who: "an operator: sluice resume dev" },
    ]);
  });

  test("names everything that keeps a client from it at once", () => {
    const world = given(
      stepped,
      step.publish("1.0.0"),
      step.passing("9h"),
      step.publish("1.1.0", { minimumVersion: "1.0.5", compatibility: { kubernetes: ["1.29+"] } }),
      step.caughtUp,
    ).world;
    const client = placed(world, "dev-2", 1_000, 10_000, { attributes: { kubernetes: "1.27" } });
    const answer = why(world, "1.1.0", client);
    expect(answer.obstacles.map(({ obstacle }) => obstacle)).toEqual([
      "incompatible",
      "needs-stepping-stone",
      "not-yet-exposed",
    ]);
    expect(answer.summary).toContain("needs kubernetes 1.29+; the client has 1.27");
  });
});

describe("what a client has", () => {
  const world = given(
    pipelineOf("dev"),
    step.publish("1.0.0"),
    step.caughtUp,
    step.publish("1.1.0"),
    step.caughtUp,
  ).world;

  test.each<[string, [string, ClientReport["status"]][], string | undefined]>([
    [
      "what it confirmed last",
      [
        ["1.1.0", "completed"],
        ["1.0.0", "completed"],
      ],
      "1.1.0",
    ],
    [
      "not what failed",
      [
        ["1.1.0", "failed"],
        ["1.1.0", "in-progress"],
        ["1.0.0", "completed"],
      ],
      "1.0.0",
    ],
    [
      "not what it went back from",
      [
        ["1.1.0", "rolled-back"],
        ["1.1.0", "completed"],
        ["1.0.0", "completed"],
      ],
      "1.0.0",
    ],
    ["nothing that is known", [["1.1.0", "deferred"]], undefined],
  ])("is %s", (_, told, expected) => {
    const reports = told.map(([version, status]) => said(world, version, status));
    const { version } = why(world, "1.1.0", clientOn(), { reports }).client;
    expect(version).toBe(expected);
  });

  test("is what whoever asks says, where they do", () => {
    const reports = [said(world, "1.1.0", "completed")];
    const answer = why(world, "1.1.0", clientOn("1.0.0"), { reports });
    expect(answer).toMatchObject({ standing: "gets-it", client: { version: "1.0.0", versionFrom: "asked" } });
    expect(why(world, "1.1.0", clientOn(), { reports })).toMatchObject({ standing: "has-it", next: null });
  });

  test("is said to be unknown where nobody said anything", () => {
    const { summary } = why(world, "1.1.0", clientOn());
    expect(summary).toMatch(/gets 1\.1\.0.*live for everybody.*is not known, so it is taken to have nothing/);
  });

  test("is newer than what was asked about", () => {
    expect(why(world, "1.0.0", clientOn("1.1.0"))).toMatchObject({ standing: "past-it", next: null });
    expect(why(world, "1.0.0", clientOn("0.9.0")).obstacles).toMatchObject([{ obstacle: "overtaken" }]);
  });

  test("comes with what it said last of the release", () => {
    const reports = [said(world, "1.1.0", "deferred", "it waits for its window")];
    const { summary } = why(world, "1.1.0", clientOn("1.0.0"), { reports });
    expect(summary).toContain("Of 1.1.0 it last said deferred (it waits for its window), just now.");
  });
});

test("a release that waits for a stage is told with the moment and with whom it waits for", () => {
  const pipeline = pipelineOf("dev", { name: "beta", gates: [{ soak: "24h" }] });
  const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp);
  expect(why(world, "1.0.0", clientOn(), { stage: "beta" })).toMatchObject({
    standing: "does-not-get-it",
    obstacles: [{ obstacle: "not-entered", until: new Date(world.now + 86_400_000).toISOString() }],
    release: { standing: "waiting" },
  });
});

test("a stage without a channel answers no client", () => {
  const pipeline = pipelineOf({ name: "dev", targets: [{ command: { deploy: "true" } }] });
  const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp);
  expect(why(world, "1.0.0", clientOn()).obstacles).toMatchObject([{ obstacle: "no-channel" }]);
});

describe("after a rollback", () => {
  const past = [step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp];

  test("a client that has the release is taken back, and one that has not does not get it", () => {
    const { world } = given(pipelineOf("dev"), ...past, step.rollBack("dev"), step.caughtUp);
    expect(why(world, "1.1.0", clientOn("1.1.0"))).toMatchObject({
      standing: "leaves-it",
      next: { version: "1.0.0", rollback: true, mandatory: true },
      obstacles: [],
    });
    expect(why(world, "1.0.0", clientOn("1.1.0")).summary).toContain("back from 1.1.0: it is what dev went back to");
    expect(why(world, "1.1.0", clientOn("1.0.0")).obstacles).toMatchObject([{ obstacle: "rolled-back" }]);
  });

  test("that is staged, a client that it has not reached is told its place and when it is sent back", () => {
    const { world } = given(pipelineOf("dev"), ...past, step.rollBackStaged("dev"), step.caughtUp);
    const salt = feedIn(world, "dev")?.sentBack?.[0]?.salt ?? "";
    const ids = Array.from({ length: 200 }, (_, i) => `client-${i}`);
    const spared = clientOn("1.1.0", { id: ids.find((id) => bucketOf(salt, id) >= 7_500) ?? "" });
    const obstacle = { obstacle: "not-yet-sent-back", until: new Date(world.now + 18 * 3_600_000).toISOString() };
    expect(why(world, "1.1.0", spared)).toMatchObject({ standing: "leaves-it", next: null, obstacles: [obstacle] });
    expect(why(world, "1.0.0", spared)).toMatchObject({ standing: "does-not-get-it", obstacles: [obstacle] });
    step.perform(world, step.passing("18h"));
    expect(why(world, "1.1.0", spared)).toMatchObject({ next: { version: "1.0.0" }, obstacles: [] });
  });

  test("of the only release there is nothing to go back to", () => {
    const { world } = given(
      pipelineOf("dev"),
      step.publish("1.0.0"),
      step.caughtUp,
      step.withdraw("1.0.0"),
      step.caughtUp,
    );
    expect(why(world, "1.0.0", clientOn("1.0.0"))).toMatchObject({
      standing: "leaves-it",
      obstacles: [{ obstacle: "nothing-to-go-back-to" }],
    });
    expect(why(world, "1.0.0", clientOn()).obstacles).toMatchObject([{ obstacle: "withdrawn" }]);
  });
});

describe("a rollout that lets clients in one by one", () => {
  const pipeline = pipelineOf({ name: "dev", rollout: { evidence: { groups: ["region"] } } });

  function counted(world: World, clients: number, answered: number): Measurements {
    const ledger = new Ledger({ deadlineMs: 960_000, soakMs: 28_800_000, agesMs: [900_000] }, 40);
    for (let no = 0; no < clients; no++)
      ledger.take({
        no,
        offeredAt: world.now,
        groups: ["region=eu"],
        givenBack: false,
        answered: no < answered,
        failed: false,
      });
    ledger.advance(world.now);
    const offers = {
      fleet: 1_000,
      counts: ledger.counts,
      groups: ledger.groups(),
      offered: ledger.offered,
      offeredByGroup: ledger.offeredByGroup(),
    };
    const rollout = { promotion: "dev-1", offers };
    return [{ stage: "dev", version: "1.0.0", reached: clients, healthy: answered, failed: 0, rollout }];
  }

  function begun() {
    const world = given(pipeline, step.publish("1.0.0"), step.feedsPublished).world;
    world.must({ type: "Advance", measurements: counted(world, 0, 0) });
    world.publishFeeds();
    return world;
  }

  test("lets in who asks while there is room, and then says how many are at risk and may be", () => {
    const world = begun();
    const free = why(world, "1.0.0", clientOn(), { measurements: counted(world, 0, 0) });
    expect(free).toMatchObject({ standing: "gets-it", admission: { letIn: false, room: 2, ration: 2, inFlight: 0 } });
    expect(free.summary).toContain("2 more may be let in now");
    const full = why(world, "1.0.0", clientOn(), { measurements: counted(world, 2, 0) });
    expect(full).toMatchObject({
      standing: "does-not-get-it",
      admission: { letIn: false, room: 0, inFlight: 2 },
      obstacles: [{ obstacle: "not-let-in", detail: expect.stringContaining("may be 2, 2 are at risk now") }],
    });
  });

  test("says when a client was let in, and gives it the same answer again", () => {
    const world = begun();
    const offer = { no: 1, at: world.now, givenBack: false };
    const measurements = counted(world, 2, 0);
    const answer = why(world, "1.0.0", clientOn(), { measurements, offer });
    expect(answer).toMatchObject({ standing: "gets-it", admission: { letIn: true, number: 2 } });
    expect(answer.summary).toContain("it was let in just now, as number 2");
    const back = why(world, "1.0.0", clientOn(), { measurements, offer: { ...offer, givenBack: true } });
    expect(back).toMatchObject({ standing: "does-not-get-it", admission: { letIn: false } });
  });

  test("lets nobody in while the stage is frozen, and names the group that has no room", () => {
    const world = begun();
    const eu = clientOn(undefined, { attributes: { region: "eu" } });
    expect(why(world, "1.0.0", eu, { measurements: counted(world, 2, 2) }).admission?.groups).toMatchObject([
      { group: "region=eu" },
    ]);
    step.perform(world, step.freeze("dev"));
    const frozen = why(world, "1.0.0", eu, { measurements: counted(world, 0, 0) });
    expect(frozen.obstacles).toMatchObject([
      { obstacle: "not-let-in", detail: expect.stringContaining("frozen by alice") },
    ]);
  });
});

test("in every history the answer is the check's own, and whatever a client does not get has its reason and somebody who can change it", () => {
  fc.assert(
    fc.property(pipelines, histories, (pipeline, moves) => {
      const world = new World(pipeline);
      for (const { make } of moves) make(world);
      for (const feed of buildFeeds(world.state, emptyHead))
        for (const [i, version] of [...world.state.releases.keys()].entries())
          for (const installed of [undefined, "0.1.0", "1.1.0", version]) {
            const client = clientOn(installed, { id: `client-${i}` });
            const answer = why(world, version, client, { stage: feed.channel });
            const decision = decideUpdate(feed, client);
            expect(answer.next?.version).toBe(decision.kind === "none" ? undefined : decision.release.version);
            expect(answer.standing === "gets-it").toBe(answer.next?.version === version && installed !== version);
            if (answer.standing === "does-not-get-it") expect(answer.obstacles).not.toEqual([]);
            if (answer.standing === "leaves-it") expect(answer.obstacles.length > 0).toBe(answer.next === null);
          }
    }),
    { numRuns: 150 },
  );
});
