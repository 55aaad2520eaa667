import { expect, it } from "vitest";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { stagePower } from "./power.ts";

const powerFor = (stage: StageInput, reached = 0) => {
  const pipeline = pipelineOf(stage);
  const [first] = pipeline.stages;
  if (first === undefined) throw new Error("no stage");
  const counts = { stage: first.name, version: "1.0.0", reached, healthy: reached, failed: 0 };
  return stagePower(pipeline, first, reached === 0 ? [] : [counts]);
};

it("assumes a fleet where none has reported, and names what it assumed", () => {
  const power = powerFor("stable");
  expect(power).toMatchObject({ clients: 10_000, clientsKnown: false, checkEveryMs: 21_600_000, limit: 0.01 });
  expect(power?.assumes).toBe(
    "Assumed: 10,000 clients, for none has reported yet; a check every 6h; a report 7m after the update; 3% that never report.",
  );
});

it("counts the clients that are known, and says what so few cannot tell", () => {
  const power = powerFor({ name: "stable", rollout: { evidence: {} } }, 1_012);
  expect(power).toMatchObject({ clients: 1_000, clientsKnown: true, surelyCaught: 0.05 });
  expect(power?.says.join(" ")).toMatch(/1,000 clients cannot tell 2% from the 1% that is allowed/);
  expect(power?.assumes).toBe("Assumed: a check every 6h; a report 7m after the update; 3% that never report.");
});

it("takes the pipeline's word for how many clients read a feed that is served as files", () => {
  const rollout = { evidence: { fleet: 20_000 } };
  const power = powerFor({ name: "stable", rollout, targets: [{ static: { folder: "feeds" } }] });
  expect(power).toMatchObject({ clients: 20_000, clientsKnown: true });
  expect(power?.assumes).not.toMatch(/clients/);
});

it("takes reports to come well before their deadline", () => {
  const power = powerFor({ name: "stable", rollout: { evidence: { "report-deadline": "20s" } } });
  expect(power?.assumes).toMatch(/a report 9s after the update/);
});

it("says nothing of stages without clients that report", () => {
  const command = { command: { deploy: ["./deploy"], rollback: ["./back"] } };
  expect(powerFor({ name: "production", targets: [command] })).toBeUndefined();
});
