import { stageOf } from "../../application/state.ts";
import { isRejection } from "../../errors/rejection.ts";
import { policyFileSchema } from "../../policy/schema.ts";
import { initialRules } from "../../rules/rules.ts";
import { pipelineOf, type StageInput } from "../../testing/pipelines.ts";
import { given } from "../../testing/scenario.ts";
import * as step from "../../testing/steps.ts";
import type { World } from "../../testing/world.ts";
import { explain } from "../../views/why.ts";

/** Two gates that interact: what must hold, and a story in which it would show if it did not. A `*` is no gate, and closes or opens some. */
export type Pair = readonly [one: string, other: string, holds: string, story: () => void];

type StageRules = Exclude<StageInput, string>;
type Gates = NonNullable<StageRules["gates"]>;

/** A world in which 1.0.0 is everywhere in dev and waits for prod, on Friday, 15 March 2024, at 10:00 UTC. */
export function waiting(gates: Gates, more: Partial<StageRules> = {}, dev: Partial<StageRules> = {}): World {
  const pipeline = pipelineOf({ name: "dev", ...dev }, { name: "prod", gates, ...more });
  return given(pipeline, step.publish("1.0.0", { commit }), step.caughtUp).world;
}

export const commit = "c0ffee".padEnd(40, "0");
const repository = "https://forge.example/shop.git";
export const does = (world: World, ...steps: step.Step[]) => {
  for (const each of steps) step.perform(world, each);
  world.catchUp();
};
export const bob = step.by("bob", step.approve("prod-1"));
export const approval = { approval: { from: ["bob"] } };
export const saturday = { window: { days: ["sat" as const], from: "10:00", to: "12:00", zone: "UTC" } };
export const scan = { check: { name: "scan", "max-age": "12h" } };
export const passed = step.report("1.0.0", "scan");
export const looked = (version = "1.0.0") => step.report(version, "looked", "pass", { stage: "prod" });
export const items = { checklist: [{ id: "looked", title: "Somebody looked" }] };
export const well = (healthy: number) => step.reported({ stage: "dev", version: "1.0.0", healthy });
export const slow = { rollout: { steps: [{ to: "10%", hold: "48h" }, { to: "100%" }] } };
export const git = { git: { repository, tag: false as const, branch: "main" } };
export const onMain =
  (id: string): step.Step =>
  (world) => {
    const pipeline = world.state.pipeline?.digest ?? "";
    const finding = { verdict: "pass", reason: "it is on main", evidence: {} } as const;
    world.must({ type: "RecordProbe", id, item: `branch main of ${repository}`, pipeline, finding }, "sluice");
  };
let revision = 0;
export const under =
  (rules: object): step.Step =>
  (world) => {
    const policy = policyFileSchema.parse({ apiVersion: "sluice/v1", kind: "policy", name: "house", ...rules });
    const entry = { name: "house", revision: ++revision, at: 0, by: "root", policy };
    world.rules = { ...initialRules, policies: initialRules.policies.set("house", entry) };
    world.must({ type: "AdoptRules" }, "root");
  };
export const demanding = { stages: ["prod"], approvalRequired: true, approvers: ["carol"] };
export const force = (policies = false): step.Step => ({
  ...(step.promote("1.0.0", "prod", "now") as { type: "RequestPromotion"; version: string; stage: string }),
  ...(policies ? { policies } : {}),
});

/** What has been let into prod. */
export function entered(world: World): string | undefined {
  const { active, live } = stageOf(world.state, "prod");
  return (active && world.state.promotions.get(active)?.version) ?? live?.version;
}

/** The gates that keep a release out of prod, or hold it there. */
export function closed(world: World, version = "1.0.0"): string[] {
  const why = explain(world.state, { version, stage: "prod" }, world.measurements, world.now);
  if (isRejection(why)) throw new Error(why.message);
  return why.gates.filter(({ verdict }) => verdict !== "pass").map(({ gate, policy }) => (policy ? `${gate}!` : gate));
}

export function share(world: World): number | undefined {
  const promotion = world.state.promotions.get("prod-1");
  return promotion !== undefined && "exposure" in promotion ? promotion.exposure?.basisPoints : undefined;
}
