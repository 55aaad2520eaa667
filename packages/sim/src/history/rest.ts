import type { SimulatedFleet } from "../world/fleet.ts";
import type { Machines } from "../world/machines.ts";
import type { World } from "../world/world.ts";
import type { Shape } from "./draw.ts";
import { publisher } from "./people.ts";
import { approveAll, removePolicies, tidyUp } from "./person.ts";
import { readPipeline } from "./pipeline/read.ts";
import type { Violation } from "./violation.ts";

const hour = 3_600_000;
const day = 24 * hour;
const guards = "after the faults everything comes to rest: a good release arrives everywhere, a bad one leaves";
/** With three clients that all fail, the stop test has what it needs. */
const clientsToProve = 3;

/** A pipeline that lets nobody wait for long, with every rule that must not keep a good release from arriving. */
const plain = `apiVersion: sluice/v1
app: simulated
stages:
STAGES`;

/** What the rest needs of a history. */
interface Story {
  publish(version: string, failureRate: number): void;
  pass(ms: number): Promise<Violation | undefined>;
}

/** Ends the faults, and demands that a good release reaches everybody in a bounded time and that a bad one goes. */
export async function comeToRest(
  story: Story,
  shape: Shape,
  world: World,
  fleet: SimulatedFleet,
  machines: Machines,
): Promise<Violation | undefined> {
  world.faults.end();
  world.api?.end();
  world.targets.settle();
  for (const machine of machines.all) {
    machine.disk.full = false;
    machine.clockErrorMs = 0;
  }
  world.tell("the faults have ended");
  const violation = await story.pass(2 * hour);
  if (violation !== undefined) return violation;
  // Stages that have something under way cannot be left out; whoever was in one that is gone asks in vain.
  const stages = (world.state()?.pipeline?.pipeline ?? readPipeline(shape.source)).stages.map(({ name }) => name);
  const source = plain.replace(
    "STAGES",
    stages
      .map((name, index) => stageText(name, shape.endsWithEvidence && index === 0, shape.endsWithWaves && index > 0))
      .join(""),
  );
  const apply = () => {
    world.give({ type: "ApplyPipeline", pipeline: readPipeline(source), source }, publisher);
    return story.pass(hour);
  };
  const applied = await apply();
  if (applied !== undefined) return applied;
  if (world.state()?.pipeline?.source !== source) {
    // A policy that somebody laid down does not allow these stages.
    removePolicies(world);
    const again = (await story.pass(hour)) ?? (await apply());
    if (again !== undefined) return again;
  }
  const at = () => world.elapsedMs() / day;
  const live = (stage: string) => world.state()?.stages.get(stage)?.live?.version;

  story.publish("9.0.0", 0);
  const everybody = [...fleet.clients, ...machines.all];
  const behind = () => everybody.filter(({ channel, version }) => stages.includes(channel) && version !== "9.0.0");
  const arrived = () => stages.every((stage) => live(stage) === "9.0.0") && behind().length === 0;
  const waited = await until(story, world, arrived);
  if (waited !== undefined) return waited;
  if (!arrived()) {
    const where = stages.map((stage) => `${stage}: ${live(stage) ?? "nothing"}`).join(", ");
    const what = `9.0.0 is good and did not arrive (${where}; ${behind().length} clients without it)`;
    return { guards, what, day: at() };
  }

  const [unheard] = machines.unheard();
  if (unheard !== undefined) return { guards, what: `${unheard}: no server ever heard of it`, day: at() };

  const [first = ""] = stages;
  const there = everybody.filter(({ channel }) => channel === first);
  story.publish("9.1.0", 0);
  const followed = await until(story, world, () => there.every(({ version }) => version === "9.1.0"));
  if (followed !== undefined) return followed;
  const back = { type: "RollBack", stage: first, reason: "it was not wanted after all" } as const;
  world.give(shape.goesBackByAndBy ? { ...back, staged: true } : back, publisher);
  const isBack = () => there.every(({ version }) => version === "9.0.0");
  const returned = await until(story, world, isBack);
  if (returned !== undefined) return returned;
  if (!isBack()) return { guards, what: `9.1.0 was rolled back in ${first}, and clients still have it`, day: at() };

  if (there.length < clientsToProve) return undefined;
  story.publish("9.2.0", 1);
  const gone = () => world.state()?.stages.get(first)?.away.has("9.2.0") === true && live(first) === "9.0.0";
  const left = await until(story, world, gone);
  if (left !== undefined || gone()) return left;
  return { guards, what: `9.2.0 fails on everybody and is still offered in ${first}`, day: at() };
}

/** The second begins when somebody has looked at what the first did. */
const waves =
  ", waves: [{ name: pilot, match: { region: eu }, barrier: { hold: 1h, approval: { from: [ann, bob] } } }, { name: rest }]";

function stageText(name: string, paysWithEvidence: boolean, hasWaves: boolean): string {
  const rollout = paysWithEvidence
    ? "{ evidence: { soak: 0h, report-deadline: 30m, decide-within: 96h } }"
    : `{ steps: [{ to: 50%, hold: 1h }, { to: 100% }]${hasWaves ? waves : ""} }`;
  return `  - name: ${name}
    gates: [{ soak: 2h }, { no-issues: {} }, { approval: { from: [ann, bob, cleo], count: 2 } }]
    rollout: ${rollout}
`;
}

/** Twenty days are more than the stages' soaks, holds and polls together. */
async function until(story: Story, world: World, done: () => boolean): Promise<Violation | undefined> {
  for (let waited = 0; waited < 20 * day && !done(); waited += 6 * hour) {
    tidyUp(world);
    approveAll(world);
    const violation = await story.pass(6 * hour);
    if (violation !== undefined) return violation;
  }
  return undefined;
}
