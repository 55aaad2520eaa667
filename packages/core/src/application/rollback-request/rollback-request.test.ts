import { describe, expect, test } from "vitest";
import { pipelineOf } from "../../testing/pipelines.ts";
import { fact, given } from "../../testing/scenario.ts";
import type { Step } from "../../testing/steps.ts";
import * as step from "../../testing/steps.ts";
import { historyOf } from "../../views/history.ts";
import { incidentsOf } from "../../views/incident/incident.ts";
import { statusOf } from "../../views/status.ts";
import { nextDue } from "../next-due.ts";

const dev = pipelineOf("dev");
const approval = { from: ["lena", "ops"], groups: ["sec"], count: 2, expires: "2d" };
const gated = pipelineOf("dev", { name: "beta", gates: [{ approval }] });
const live = (...versions: string[]): Step[] => versions.flatMap((one) => [step.publish(one), step.caughtUp]);
const three = live("1.0.0", "1.1.0", "1.2.0");
const inBeta = [
  ...live("1.0.0", "1.1.0"),
  ...["1.0.0", "1.1.0"].flatMap((one) => [step.promote(one, "beta", "urgent"), step.caughtUp]),
];
const asked = step.by("bob", step.askBack("dev"));
const yes = step.approveBack("rollback-1", "dev");
const inBetaYes = (...groups: string[]) => step.approveBack("rollback-1", "beta", groups);

describe("a rollback that somebody asks for", () => {
  test("changes nothing until somebody else approves it, then is a rollback by hand that says who", () => {
    const { world, when } = given(dev, ...three);
    when(step.askBack("dev"), "bob").thenFacts(
      fact("RollbackRequested", { id: "rollback-1", stage: "dev", promotion: "dev-3", version: "1.2.0", to: "1.1.0" }),
    );
    expect(statusOf(world.state, [], world.now).stages[0]).toMatchObject({
      live: { version: "1.2.0" },
      rollbackRequest: {
        id: "rollback-1",
        status: "open",
        from: "1.2.0",
        to: "1.1.0",
        requestedBy: "bob",
        approvers: [],
        waitsFor: ["0 of 1 approvals (nobody)"],
        until: "2024-03-22T10:00:00.000Z",
      },
    });
    const request = { id: "rollback-1", by: "bob", approvals: [{ by: "carol", comment: "seen" }] };
    when(yes, "carol").thenFacts(fact("RollbackApproved", { id: "rollback-1", version: "1.2.0", comment: "seen" }), {
      type: "PromotionRolledBack",
      data: { id: "dev-3", to: "1.1.0", cause: "manual", reason: "slow", request },
    });
    expect(world.state.rollbackRequests.get("rollback-1")?.closed).toMatchObject({ as: "carried-out", by: "carol" });
    expect(statusOf(world.state, [], world.now).stages[0]).not.toHaveProperty("rollbackRequest");
    expect(historyOf(world.state, { version: "1.2.0" })).toMatchObject([
      { rollbackRequest: request, endedBy: "carol" },
    ]);
    const [incident] = incidentsOf(world.state, world.log, []);
    expect(incident).toMatchObject({ reason: "slow", who: { rolledBackBy: "carol", rollbackRequest: request } });
    expect(incident?.timeline.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["rollback-1 asked that dev go back to 1.1.0: slow", "carol approved rollback-1: seen"]),
    );
  });

  test("goes to the release that was named, and by and by where that was asked", () => {
    const { when } = given(dev, ...three, step.by("bob", step.askBack("dev", { to: "1.0.0", staged: true })));
    when(yes, "carol").thenFacts(fact("RollbackApproved", {}), {
      type: "PromotionRolledBack",
      data: { version: "1.2.0", to: "1.0.0", staged: { steps: expect.anything() } },
    });
  });

  test("needs as many, of the same people and groups, as the stage's approval gate asks for", () => {
    const { when } = given(gated, ...inBeta, step.by("olga", step.askBack("beta")));
    when(inBetaYes(), "otto").thenRejected("APPROVER_NOT_NAMED", /otto is not among .* lena, ops, sec/);
    when(inBetaYes("ops"), "olga").thenRejected("OWN_RELEASE", /somebody else/);
    when(inBetaYes(), "lena").thenFacts(fact("RollbackApproved", {}));
    when(inBetaYes(), "lena").thenRejected("APPROVAL_EXISTS", /lena has approved rollback-1 already/);
    when(inBetaYes("ops"), "omar").thenFacts(fact("RollbackApproved", {}));
    when(inBetaYes("sec"), "sara").thenFacts(
      fact("RollbackApproved", {}),
      fact("PromotionRolledBack", { stage: "beta", to: "1.0.0" }),
    );
  });

  test("says what it waits for", () => {
    const { world } = given(gated, ...inBeta, step.askBack("beta"), step.by("lena", inBetaYes()));
    expect(statusOf(world.state, [], world.now).stages[1]?.rollbackRequest).toMatchObject({
      approvers: ["lena", "ops", "sec"],
      waitsFor: ["1 of 2 approvals (lena); none from sec; asked of lena, ops, sec"],
    });
  });

  test("is not approved by somebody whose token was revoked, before or since", () => {
    const { world, when } = given(
      gated,
      ...inBeta,
      step.by("olga", step.askBack("beta")),
      step.by("lena", inBetaYes()),
    );
    world.revoke("lena");
    expect(world.happened.at(-1)).toMatchObject({ type: "RollbackApprovalVoided", data: { approver: "lena" } });
    when(inBetaYes(), "lena").thenRejected("APPROVER_NOT_NAMED", /lena/);
    when(inBetaYes("sec"), "sara").thenFacts(fact("RollbackApproved", {}));
  });

  test("lapses by itself when nobody has decided it for as long as an approval counts", () => {
    const { world, when } = given(gated, ...inBeta, step.by("bob", step.askBack("beta")), step.by("lena", inBetaYes()));
    expect(nextDue(world.state, [], world.now)).toBe(world.now + 2 * 86_400_000);
    world.now += 2 * 86_400_000;
    when(inBetaYes("sec"), "sara").thenRejected("ROLLBACK_REQUEST_CLOSED", /rollback-1 is void: .* within 2d\./);
    world.pass(0);
    expect(world.happened.at(-1)).toMatchObject({ type: "RollbackRequestLapsed", data: { id: "rollback-1" } });
    when(inBetaYes("sec"), "sara").thenRejected("ROLLBACK_REQUEST_CLOSED", /within 2d\./);
  });

  test("is closed by a rejection, with a reason, also by whoever asked", () => {
    const { when } = given(dev, ...three, asked);
    when(step.rejectBack("rollback-1", "dev", [], " "), "carol").thenRejected("REASON_REQUIRED", /--comment/);
    when(step.rejectBack("rollback-1", "dev", [], "look first"), "bob").thenFacts(fact("RollbackRejected", {}));
    when(yes, "carol").thenRejected("ROLLBACK_REQUEST_CLOSED", /was rejected by bob: look first/);
    when(step.askBack("dev"), "bob").thenFacts(fact("RollbackRequested", { id: "rollback-2" }));
    given(gated, ...inBeta, step.by("bob", step.askBack("beta")))
      .when(step.rejectBack("rollback-1", "beta"), "otto")
      .thenRejected("APPROVER_NOT_NAMED", /otto/);
  });

  test("is asked for once at a time, and only where there is something to go back to", () => {
    const { when } = given(dev, ...live("1.0.0"));
    when(step.askBack("dev")).thenRejected("NOTHING_TO_ROLL_BACK", /nothing earlier/);
    when(step.askBack("dev", { reason: " " })).thenRejected("REASON_REQUIRED", /--reason/);
    when(step.askBack("dve")).thenRejected("STAGE_NOT_FOUND", /dve/, ["dev"]);
    when(step.askBack("dev", { to: "1.0.0" })).thenRejected("ALREADY_LIVE", /what is live/);
    given(dev, ...three, asked)
      .when(step.askBack("dev"), "carol")
      .thenRejected("ROLLBACK_REQUEST_EXISTS", /bob has asked .*rollback-1/);
    given(dev, ...three, asked, step.later("7d"))
      .when(step.askBack("dev"), "carol")
      .thenFacts(fact("RollbackRequestLapsed", { id: "rollback-1" }), fact("RollbackRequested", { id: "rollback-2" }));
  });

  test("is found by its id, in its stage, while it is open", () => {
    const { when } = given(gated, ...inBeta, step.by("bob", step.askBack("beta")));
    const of = (id: string, stage: string) => step.approveBack(id, stage);
    when(of("rollback-9", "beta"), "lena").thenRejected("ROLLBACK_REQUEST_NOT_FOUND", /rollback-9/, ["rollback-1"]);
    when(of("rollback-1", "dev"), "lena").thenRejected("ROLLBACK_REQUEST_NOT_FOUND", /in dev/);
    when(of("rollback-1", "nowhere"), "lena").thenRejected("STAGE_NOT_FOUND", /nowhere/);
    given(dev, ...three, asked, step.by("carol", yes))
      .when(yes, "dave")
      .thenRejected("ROLLBACK_REQUEST_CLOSED", /was carried out when carol approved it/);
  });

  test("goes to no release that was withdrawn, before or since", () => {
    given(dev, ...three, step.withdraw("1.1.0"))
      .when(step.askBack("dev", { to: "1.1.0" }))
      .thenRejected("RELEASE_WITHDRAWN", /1\.1\.0/);
    given(dev, ...three, step.by("bob", step.askBack("dev", { to: "1.1.0" })))
      .when(step.withdraw("1.1.0"))
      .thenFacts(fact("ReleaseWithdrawn"), fact("RollbackRequestLapsed", { reason: "1.1.0 was withdrawn: it harms" }));
    const elsewhere = /1\.2\.0 to 1\.1\.0, and now would go from 1\.2\.0 to 1\.0\.0/;
    given(dev, ...three, asked, step.withdraw("1.1.0"))
      .when(yes, "carol")
      .thenRejected("ROLLBACK_REQUEST_CLOSED", elsewhere);
  });

  test("is void once the stage has moved: another release in it, a rollback by hand, a rollout that began", () => {
    const stepped = pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] } });
    const moves: [Step[], ReturnType<typeof given>][] = [
      [live("1.3.0"), given(dev, ...three, asked)],
      [[step.rollBack("dev")], given(dev, ...three, asked)],
      [
        [step.publish("1.2.0")],
        given(stepped, ...["1.0.0", "1.1.0"].flatMap((one) => [step.publish(one), step.passing("2h")]), asked),
      ],
    ];
    for (const [moved, { world, when }] of moves) {
      expect(statusOf(world.state, [], world.now).stages[0]?.rollbackRequest?.status).toBe("open");
      for (const one of moved) step.perform(world, one);
      expect(world.state.rollbackRequests.get("rollback-1")?.closed?.as).toBe("lapsed");
      when(yes, "carol").thenRejected("ROLLBACK_REQUEST_CLOSED", /is void/);
    }
  });
});
