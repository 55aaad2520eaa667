import type { SealedEvent } from "@sluice/core/log/event.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import type { World } from "../world/world.ts";
import { Chronicle } from "./chronicle.ts";

/** What the log asks of a stage's targets. */
interface Asked {
  /** The event from which it follows. */
  readonly seq: number;
  /** What everybody is to have, and which share of clients is to have what else: `1.0.0, 1.1.0 for 500 of wave 2`. */
  readonly content: string;
  /** What everybody is to have who is not in the trial. */
  readonly main: string | null;
  /** The newest release of it: what a target has that cannot share. */
  readonly newest: string | null;
  /** What has to go. */
  readonly leaving: string | undefined;
}

/** What a target brought about last. */
interface Applied {
  readonly asked: number;
  readonly config: string;
}

/** What the log asks of targets and what they say, read anew: whoever judges targets judges by this. */
export class Demands {
  readonly told = new Chronicle();
  /** The event by which the pipeline in force came. */
  pipelineSeq = 0;
  /** Up to which event feeds were published, and when the log said so: ms since the epoch by the right clock. */
  readonly #published: { readonly upTo: number; readonly at: number }[] = [];
  /** By stage. */
  readonly #asked = new Map<string, Asked>();
  /** By stage and target. */
  readonly #applied = new Map<string, Applied>();

  /** What is asked of a stage's targets now; undefined: nothing was ever. */
  of(stage: string): Asked | undefined {
    return this.#asked.get(stage);
  }

  /** Whether a target has said that it has what is asked of it, configured as it is now. */
  isMet(stage: string, target: string, config: string): boolean {
    const applied = this.#applied.get(`${stage}/${target}`);
    return applied !== undefined && applied.asked === this.of(stage)?.seq && applied.config === config;
  }

  /** When what an event leads to was published, ms since the epoch by the right clock; undefined: it is not. */
  publishedAt(seq: number): number | undefined {
    return this.#published.find(({ upTo }) => upTo >= seq)?.at;
  }

  /** Reads on to the end of the log. @param before is asked of every event while it is not yet heard. @returns its first answer */
  readOn(world: World, before: (event: SealedEvent) => string | undefined): string | undefined {
    for (const event of world.log().slice(this.told.seq)) {
      const wrong = before(event);
      if (wrong !== undefined) return `event ${event.seq}, ${event.type}: ${wrong}`;
      this.told.hear(event);
      this.#hear(event);
      if (event.type === "FeedsPublished")
        this.#published.push({ upTo: Number(event.data.upTo), at: world.appendedAt[event.seq - 1] ?? 0 });
    }
    return undefined;
  }

  #hear({ seq, type, data }: SealedEvent): void {
    if (type === "PipelineApplied") this.pipelineSeq = seq;
    if (type === "TargetApplied")
      this.#applied.set(`${data.stage}/${data.target}`, { asked: Number(data.asked), config: String(data.config) });
    for (const { name, targets } of this.told.stages) {
      if (outsideTargets({ targets }).length === 0) continue;
      const wanted = this.#contentOf(name);
      const known = this.#asked.get(name);
      if (known === undefined ? wanted.content === "null" : known.content === wanted.content) continue;
      const leaving = type === "PromotionRolledBack" && data.stage === name ? String(data.version) : undefined;
      this.#asked.set(name, { seq, ...wanted, leaving });
    }
  }

  #contentOf(name: string): Pick<Asked, "content" | "main" | "newest"> {
    const stage = this.told.stage(name);
    const live = stage.live ?? null;
    const active = this.told.promotions.get(stage.active ?? "");
    if (active === undefined || (active.share === 0 && active.wave <= 1))
      return { content: String(live), main: live, newest: live };
    const { version, share, wave, waves } = active;
    if (share === 10_000 && wave === waves.length) return { content: version, main: version, newest: version };
    return { content: shared(live, version, share, wave), main: live, newest: version };
  }
}

/** The content of a result, written as that of a demand is. */
export function contentIn({ main, trial }: SealedEvent["data"]): string {
  if (trial === undefined) return String(main);
  const { version, basisPoints, wave } = trial as {
    readonly version: string;
    readonly basisPoints: number;
    readonly wave?: number;
  };
  return shared(main, version, basisPoints, wave ?? 0);
}

function shared(main: unknown, version: string, basisPoints: number, wave: number): string {
  return `${main}, ${version} for ${basisPoints}${wave === 0 ? "" : ` of wave ${wave}`}`;
}
