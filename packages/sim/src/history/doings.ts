import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import type { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import type { Shape } from "./draw.ts";
import { approvals, drawEpisode, type Planned } from "./episode.ts";
import { type Deed, drawDeed, drawMeeting, drawRule } from "./person.ts";
import { firstStages } from "./pipeline/first-stages.ts";
import { readPipeline } from "./pipeline/read.ts";
import { drawRolloutEpisode } from "./rollout-episodes.ts";

const day = 24 * 3_600_000;

interface Draws {
  readonly random: Random;
  readonly plans: Random;
  readonly rolloutPlans: Random;
}

/** What people do in a history, hour by hour: what comes to their minds, and what they have planned. */
export class Doings {
  readonly #world: World;
  readonly #shape: Shape;
  readonly #random: Random;
  /** Drawn apart: what people plan leaves the draws of everything else as they are. */
  readonly #plans: Random;
  /** The same for what they plan with rollouts. */
  readonly #rolloutPlans: Random;
  /** What people are going to do, and when. */
  #planned: (Planned & { readonly at: number })[] = [];

  constructor(world: World, shape: Shape, { random, plans, rolloutPlans }: Draws) {
    this.#world = world;
    this.#shape = shape;
    this.#random = random;
    this.#plans = plans;
    this.#rolloutPlans = rolloutPlans;
  }

  /** The doings of an hour. */
  begin(): void {
    const world = this.#world;
    const { person } = this.#shape.weather;
    this.#goOnWithPlans();
    if (this.#random.chance(person)) this.#doSomething();
    if (this.#random.chance(person / 3)) for (const deed of drawMeeting(world, this.#random)) this.#give(deed);
    if (this.#random.chance(person / 10)) {
      const rule = drawRule(world, this.#random);
      if (rule !== undefined) this.#rule(rule);
    }
  }

  /** People go on with whichever server answers while another stands still. */
  goOnElsewhere(): void {
    if (this.#random.chance(0.3)) this.#doSomething();
  }

  #doSomething(): void {
    const deed = drawDeed(this.#world, this.#random);
    if (deed !== undefined) this.#give(deed);
  }

  #give({ command, actor }: Deed): void {
    if (!this.#isIdle()) this.#world.give(this.#cut(command), actor);
  }

  #rule(command: RulesCommand): void {
    if (!this.#isIdle()) void this.#world.rule(command);
  }

  #isIdle(): boolean {
    return this.#world.elapsedMs() < this.#shape.idleDays * day;
  }

  /** A pipeline that people edit has no more stages than the history may have. */
  #cut(command: ApplicationCommand): ApplicationCommand {
    const { mostStages } = this.#shape;
    if (command.type !== "ApplyPipeline" || command.pipeline.stages.length <= mostStages) return command;
    const source = firstStages(command.source, mostStages);
    return { ...command, pipeline: readPipeline(source), source };
  }

  /** People do what they have planned, and plan something. */
  #goOnWithPlans(): void {
    const world = this.#world;
    const { weather, eager } = this.#shape;
    const now = world.clock.now();
    const state = world.state();
    if (state !== undefined && this.#plans.chance(weather.person / 2))
      for (const planned of drawEpisode(state, this.#plans))
        this.#planned.push({ ...planned, at: now + planned.afterMs });
    const goesOn = world.faults.target === "goes-on";
    if (state !== undefined && this.#rolloutPlans.chance(Math.min(goesOn ? 0.4 : 0.2, weather.person)))
      for (const planned of drawRolloutEpisode(state, now, this.#rolloutPlans, goesOn))
        this.#planned.push({ ...planned, at: now + planned.afterMs });
    if (state !== undefined && weather.person > 0)
      for (const actor of eager)
        for (const planned of approvals(state, actor, 0)) this.#planned.push({ ...planned, at: now });
    const due = this.#planned.filter(({ at }) => at <= now);
    this.#planned = this.#planned.filter(({ at }) => at > now);
    for (const planned of due)
      if ("rule" in planned) this.#rule(planned.rule);
      else this.#give(planned);
  }
}
