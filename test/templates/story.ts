import { readFile } from "node:fs/promises";
import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { type AppState, activePromotion, stageOf } from "@sluice/core/application/state.ts";
import { isRejection, type Rejection } from "@sluice/core/errors/rejection.ts";
import type { ForgeChange } from "@sluice/core/forge/change.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { parsePolicy } from "@sluice/core/policy/parse.ts";
import type { Policy } from "@sluice/core/policy/schema.ts";
import type { Manifest } from "@sluice/core/release/manifest.ts";
import { explain } from "@sluice/core/views/why.ts";
import { quiet } from "@sluice/sim/clock/virtual-clock.ts";
import { World } from "@sluice/sim/world/world.ts";

export const minute = 60_000;
export const hour = 60 * minute;

async function textOf(name: string): Promise<string> {
  const url = new URL(`../../packages/cli/src/templates/${name}`, import.meta.url);
  return (await readFile(url, "utf8")).replaceAll("{{app}}", "myapp");
}

function policyIn(text: string): { policy: Policy } {
  const read = parsePolicy(text);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read;
}

/** For tests: what `sluice init --template NAME` writes, in force on a server of production code whose clock is virtual. */
export class Story {
  readonly world: World;
  /** When the story begins, in ms since the epoch. */
  readonly start: number;
  #deliveries = 0;

  private constructor(world: World) {
    this.world = world;
    this.start = world.clock.now();
  }

  static async begin(template: string): Promise<Story> {
    const source = await textOf(`${template}.yaml`);
    const read = parsePipeline(source);
    if ("problems" in read) throw new Error(`${template}: ${JSON.stringify(read.problems)}`);
    const world = new World("myapp");
    await world.boot();
    const policy = await textOf(`${template}.policy.yaml`).catch(() => undefined);
    if (policy !== undefined) await world.rule({ type: "ApplyPolicy", ...policyIn(policy), source: policy });
    const story = new Story(world);
    await story.must({ type: "ApplyPipeline", pipeline: read.pipeline, source }, "admin");
    return story;
  }

  get state(): AppState {
    const state = this.world.state();
    if (state === undefined) throw new Error("the application is gone");
    return state;
  }

  /** Moves the clock to so many ms after the beginning. */
  at(ms: number): Promise<void> {
    return this.world.clock.moveTo(this.start + ms);
  }

  async does(command: ApplicationCommand, actor: string): Promise<Rejection | undefined> {
    const outcome = await this.world.node.plane.execute("myapp", command, actor);
    await quiet();
    return isRejection(outcome) ? outcome : undefined;
  }

  async must(command: ApplicationCommand, actor: string): Promise<void> {
    const refused = await this.does(command, actor);
    if (refused !== undefined) throw new Error(`${command.type}: ${refused.message}`);
  }

  publish(version: string, more: Partial<Manifest> = {}): Promise<void> {
    const component = { name: "app", kind: "file", sha256: sha256Hex(version), size: 5 } as const;
    return this.must(
      { type: "PublishRelease", manifest: { app: "myapp", version, components: [component], ...more } },
      "ci",
    );
  }

  /** A result of CI, or the tick of an item of a checklist. */
  check(version: string, name: string, by: string, result: "pass" | "fail" = "pass"): Promise<Rejection | undefined> {
    return this.does({ type: "ReportCheck", version, name, result, groups: [], comment: "" }, by);
  }

  /** Ticks every item of the checklists of a stage. */
  async tickAll(version: string, stage: string, by: string): Promise<string[]> {
    const gates = this.state.pipeline?.pipeline.stages.find(({ name }) => name === stage)?.gates ?? [];
    const ids = gates.flatMap((gate) => gate.checklist ?? []).map(({ id }) => id);
    for (const id of ids) await this.check(version, id, by);
    return ids;
  }

  /** Approves what is on its way into a stage. */
  async approve(stage: string, by: string): Promise<Rejection | undefined> {
    const id = this.promotion(stage);
    return this.does({ type: "ApprovePromotion", id, groups: [], comment: "" }, by);
  }

  /** GitHub tells of a tag or a merge. */
  git(change: ForgeChange): Promise<void> {
    const delivery = `delivery-${++this.#deliveries}`;
    return this.must(
      { type: "RecordForgeChange", change, delivery, body: delivery, repository: "acme/app" },
      "github:ada",
    );
  }

  /** The id of the promotion that came last into a stage. */
  promotion(stage: string): string {
    return `${stage}-${stageOf(this.state, stage).promotions}`;
  }

  live(stage: string): string | undefined {
    return stageOf(this.state, stage).live?.version;
  }

  /** The share of a stage that has what is rolling out there, in percent; undefined: nothing is. */
  share(stage: string): number | undefined {
    const active = activePromotion(this.state, stageOf(this.state, stage));
    return active === undefined ? undefined : active.exposure.basisPoints / 100;
  }

  /** The gates that keep a release out of a stage now. */
  closed(version: string, stage: string): string[] {
    const answer = explain(this.state, { version, stage }, [], this.world.clock.now());
    if (isRejection(answer)) throw new Error(answer.message);
    return answer.gates.filter(({ verdict }) => verdict !== "pass").map(({ gate }) => gate);
  }
}
