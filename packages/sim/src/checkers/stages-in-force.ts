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

  /** How long a share (basis points) stands, in ms. */
  holdOf(name: unknown, share: number): number | undefined {
    const { steps, linear } = this.stage(name)?.rollout ?? {};
    return linear?.every ?? steps?.findLast((step) => step.to <= share)?.hold;
  }
}
