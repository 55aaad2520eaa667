import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Stage } from "@sluice/core/pipeline/schema.ts";

type Applied = { readonly pipeline: { readonly stages: readonly Stage[] } };

/** The stages of the pipeline that is in force, as the log tells it: apart from the state that the servers keep. */
export class StagesInForce {
  #stages: readonly Stage[] = [];

  hear({ type, data }: SealedEvent): void {
    if (type === "PipelineApplied") this.#stages = (data as unknown as Applied).pipeline.stages;
  }

  stage(name: unknown): Stage | undefined {
    return this.#stages.find((stage) => stage.name === name);
  }

  /** The name of the stage before. */
  before(name: unknown): string | undefined {
    return this.#stages[this.#stages.findIndex((stage) => stage.name === name) - 1]?.name;
  }

  /** In ms; undefined without such a gate. One that counts well time alone takes at least as long, and is another's business. */
  soakOf(name: unknown): number | undefined {
    const soaks = this.stage(name)?.gates.flatMap(({ soak }) => (typeof soak === "number" ? [soak] : [])) ?? [];
    return soaks.length === 0 ? undefined : Math.max(...soaks);
  }

  /** The share that follows on one where the clock raises it, both in basis points; undefined where evidence does. */
  shareAfter(name: unknown, share: number): number | undefined {
    const { steps, linear, evidence } = this.stage(name)?.rollout ?? {};
    if (evidence !== undefined) return undefined;
    if (linear !== undefined) return Math.min(10_000, share + linear.by);
    return Math.min(10_000, ...(steps ?? []).map(({ to }) => to).filter((to) => to > share));
  }

  /** How long a share (basis points) stands, in ms; the end of a ramp does not. */
  holdOf(name: unknown, share: number): number | undefined {
    const { steps, linear } = this.stage(name)?.rollout ?? {};
    if (linear !== undefined) return share < 10_000 ? linear.every : 0;
    return steps?.findLast((step) => step.to <= share)?.hold;
  }
}
