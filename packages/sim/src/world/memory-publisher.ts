import type { Publisher } from "@sluice/server/controller/publisher.ts";
import { type Faults, failIf } from "./faults.ts";

/** Keeps what would be signed; it outlives the server, as files would. Signatures are the business of other tests. */
export class MemoryPublisher implements Publisher {
  readonly #faults: Faults;
  readonly published = new Map<string, ReadonlyMap<string, string>>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  async publish(app: string, targets: ReadonlyMap<string, string>): Promise<void> {
    failIf(this.#faults.publishing, this.#faults);
    this.published.set(app, new Map(targets));
  }

  async renewIfDue(): Promise<void> {}

  nextRenewal(): undefined {
    return undefined;
  }
}
