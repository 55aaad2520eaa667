import { describe, expect, test } from "vitest";
import { sha256Hex } from "../log/digest.ts";
import { manifestOf } from "../testing/manifests.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";

const twoStages = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] });
const stepped = pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] } });
const shared = { name: "lib", kind: "file", sha256: sha256Hex("lib"), size: 3 } as const;
/** A release of a program of its own and of what it shares with others. */
const sharing = (version: string) => step.publish(version, { components: [...manifestOf(version).components, shared] });
const withdrawShared = { ...step.withdrawArtifact("lib"), sha256: shared.sha256 };

describe("WithdrawArtifact", () => {
  test("rolls back every release that contains it, wherever it is live, to one that does not", () => {
    const { world, when } = given(
      twoStages,
      step.publish("1.0.0"),
      step.passing("2h"),
      sharing("1.1.0"),
      step.passing("2h"),
      sharing("1.2.0"),
      step.caughtUp,
    );
    when(withdrawShared, "eve").thenFacts(
      fact("ArtifactWithdrawn", { sha256: shared.sha256, by: "eve", reason: "it leaks", versions: ["1.1.0", "1.2.0"] }),
      fact("PromotionRolledBack", { stage: "dev", version: "1.2.0", to: "1.0.0", cause: "withdrawn" }),
      fact("PromotionRolledBack", {
        stage: "beta",
        version: "1.1.0",
        to: "1.0.0",
        cause: "withdrawn",
        reason: `1.1.0 was withdrawn: it contains the artifact ${shared.sha256}, which was withdrawn: it leaks`,
      }),
      fact("PromotionAborted", { stage: "beta", version: "1.2.0", cause: "withdrawn" }),
    );
    expect(world.state.releases.get("1.0.0")?.withdrawn).toBeUndefined();
  });

  test("stops what is rolling out", () => {
    given(stepped, sharing("1.0.0"))
      .when(withdrawShared)
      .thenFacts(
        fact("ArtifactWithdrawn"),
        fact("PromotionRolledBack", { version: "1.0.0", to: null, cause: "withdrawn" }),
      );
  });

  test("no release that contains it is published afterwards, others are", () => {
    const { when } = given(twoStages, sharing("1.0.0"), withdrawShared);
    when(sharing("1.1.0")).thenRejected("ARTIFACT_WITHDRAWN", /component lib.*withdrawn by alice: it leaks/);
    when(step.publish("1.1.0")).thenFacts(
      fact("ReleasePublished"),
      fact("PromotionRequested"),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
  });

  test("a release with it is neither promoted with an override nor gone back to", () => {
    const { when } = given(
      twoStages,
      sharing("1.0.0"),
      step.caughtUp,
      step.publish("1.1.0"),
      step.caughtUp,
      withdrawShared,
    );
    when(step.promote("1.0.0", "beta", "it must go")).thenRejected("RELEASE_WITHDRAWN", /artifact/);
    when(step.rollBack("dev", "1.0.0")).thenRejected("RELEASE_WITHDRAWN", /artifact/);
    when(step.rollBack("dev")).thenRejected("NOTHING_TO_ROLL_BACK", /nothing earlier/);
  });

  test("a second time changes nothing, and the first reason stays", () => {
    const { world, when } = given(twoStages, sharing("1.0.0"), step.withdraw("1.0.0", "slow"), withdrawShared);
    when({ ...withdrawShared, reason: "other" }).thenNothing();
    expect(world.state.releases.get("1.0.0")?.withdrawn?.reason).toBe("slow");
    expect(world.state.withdrawnArtifacts.get(shared.sha256)?.reason).toBe("it leaks");
  });

  test("a digest that no release has is refused, unless it is said that it is not here yet", () => {
    const { when } = given(twoStages, step.publish("1.0.0"));
    when(withdrawShared).thenRejected("ARTIFACT_NOT_FOUND", /No release of myapp contains.*--unseen/);
    when({ ...withdrawShared, unseen: true }).thenFacts(fact("ArtifactWithdrawn", { versions: [] }));
    when(sharing("1.1.0")).thenRejected("ARTIFACT_WITHDRAWN", /component lib/);
  });

  test("without a reason it is refused", () => {
    given(twoStages, sharing("1.0.0"))
      .when({ ...withdrawShared, reason: " " })
      .thenRejected("REASON_REQUIRED", /--reason/);
  });
});
