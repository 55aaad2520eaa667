import { describe, expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";

const channels = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] });
const stepped = pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] } });

describe("ApplyPipeline", () => {
  test("makes an application", () => {
    given(undefined)
      .when(step.apply(channels))
      .thenFacts(
        fact("PipelineApplied", { pipeline: channels, source: "", digest: expect.stringMatching(/^[0-9a-f]{64}$/) }),
      );
  });

  test("changes nothing when it is the same", () => {
    given(channels).when(step.apply(channels)).thenNothing();
  });

  test("keeps a file that says the same in other words", () => {
    given(channels)
      .when(step.apply(channels, "# the same\n"))
      .thenFacts(fact("PipelineApplied", { source: "# the same\n" }));
  });

  test("is refused for another application", () => {
    given(undefined)
      .when(step.apply({ ...channels, app: "other" }))
      .thenRejected("PIPELINE_INVALID", /"other".*"myapp"/);
  });

  test("is refused when a stage would be lost in which a release rolls out", () => {
    given(stepped, step.publish("1.0.0"))
      .when(step.apply(pipelineOf("beta")))
      .thenRejected("PIPELINE_CONFLICT", /"dev".*dev-1.*sluice abort dev/);
  });

  test("ends the wait for a stage that is lost", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp)
      .when(step.apply(pipelineOf("dev")))
      .thenFacts(
        fact("PipelineApplied"),
        fact("PromotionAborted", { id: "beta-1", version: "1.0.0", cause: "pipeline-changed" }),
      );
  });

  test("asks a new stage to take what is live before it", () => {
    given(channels, step.publish("1.0.0"), step.passing("2h"))
      .when(
        step.apply(
          pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }, { name: "stable", gates: [{ soak: "3h" }] }),
        ),
      )
      .thenFacts(
        fact("PipelineApplied"),
        fact("PromotionRequested", { id: "stable-1", stage: "stable", version: "1.0.0", manual: false }),
      );
  });

  test("asks no stage to take what was withdrawn while its stage was away", () => {
    const staging = { name: "staging", gates: [{ soak: "24h" }] };
    const whole = pipelineOf("dev", "beta", staging);
    const steps = [step.publish("1.0.0"), step.passing("1h"), step.apply(pipelineOf("dev")), step.withdraw("1.0.0")];
    given(whole, ...steps)
      .when(step.apply(whole))
      .thenFacts(fact("PipelineApplied"), fact("PromotionRolledBack", { stage: "beta", cause: "withdrawn" }));
  });

  test("does not ask again for what was aborted by hand", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp, step.abort("beta-1"))
      .when(step.apply(pipelineOf("dev", { name: "beta", gates: [{ soak: "2h" }] })))
      .thenFacts(fact("PipelineApplied"));
  });

  test("holds a shortened soak to be over at once", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp, step.later("30m"))
      .when(step.apply(pipelineOf("dev", { name: "beta", gates: [{ soak: "30m" }] })))
      .thenFacts(
        fact("PipelineApplied"),
        fact("PromotionStarted", { id: "beta-1" }),
        fact("ExposureRaised", { id: "beta-1", to: 10_000 }),
      );
  });
});
