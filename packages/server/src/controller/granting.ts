import type { Measurements } from "@sluice/core/analysis/measurement.ts";
import { grantsOf } from "@sluice/core/application/grants.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/**
 * Hands out what the log granted: says in the store how many clients of each rollout may be let in, so that whichever node a client asks
 * can let it in, and all of them together never too many. A grant counts only while its holder leads.
 */
export class Granting {
  readonly #plane: ControlPlane;
  readonly #holder: string | undefined;
  /** What was said last, by application and promotion. */
  readonly #said = new Map<string, Map<string, string>>();

  /** @param holder under which this node leads; undefined where no lease is asked for */
  constructor(plane: ControlPlane, holder: string | undefined) {
    this.#plane = plane;
    this.#holder = holder;
  }

  /** Whether any rollout of an application waits for clients. */
  isGranting(app: string): boolean {
    return (this.#said.get(app)?.size ?? 0) > 0;
  }

  /** Forgets what was said: another node may have said something else since. */
  forget(): void {
    this.#said.clear();
  }

  /** Says what is granted now. May fail with an OperationalError; then what was said before stands. */
  async grant(app: string, measurements: Measurements): Promise<void> {
    const state = this.#plane.state(app);
    if (state === undefined) return;
    const before = this.#said.get(app) ?? new Map<string, string>();
    const said = new Map<string, string>();
    this.#said.set(app, said);
    const grants = grantsOf(state, measurements, this.#plane.now(app));
    for (const [id, text] of before) if (grants.some(({ promotion }) => promotion === id)) said.set(id, text);
    for (const { promotion, ...limits } of grants) {
      const text = JSON.stringify(limits);
      if (said.get(promotion) === text) continue;
      const holder = this.#holder === undefined ? {} : { holder: this.#holder };
      await this.#plane.reports.grant(app, promotion, { ...limits, ...holder });
      said.set(promotion, text);
    }
  }
}
