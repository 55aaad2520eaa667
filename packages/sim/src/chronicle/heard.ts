import type { SimulatedFleet } from "../world/fleet.ts";

/** What clients of a stage said of a version. */
interface Said {
  /** Who sent anything; who sent an answer; and who sent that it is well. */
  readonly began: Set<string>;
  readonly answered: Set<string>;
  readonly well: Set<string>;
  /** Who said that it went back because it was told to. */
  readonly obeyed: Set<string>;
  /** Who was harmed, and who was after it was known to be well, as a server has acknowledged; since when, by the right clock. */
  readonly harmed: Map<string, number>;
  readonly crashed: Map<string, number>;
  readonly knownWell: Set<string>;
}

/** What clients sent and what servers acknowledged, by stage and version: read on, and never from the servers' own counts. */
export class Heard {
  #sent = 0;
  #acknowledged = 0;
  readonly #said = new Map<string, Said>();
  /** Stage → client → since when a server knows of it. */
  readonly #known = new Map<string, Map<string, number>>();

  of(stage: string, version: string): Said {
    const key = `${stage} ${version}`;
    const said = this.#said.get(key) ?? {
      began: new Set(),
      answered: new Set(),
      well: new Set(),
      obeyed: new Set(),
      harmed: new Map(),
      crashed: new Map(),
      knownWell: new Set(),
    };
    this.#said.set(key, said);
    return said;
  }

  /** The clients of a stage of which a server knew at a moment. */
  knownBefore(stage: string, moment: number): string[] {
    return [...(this.#known.get(stage) ?? [])].filter(([, at]) => at < moment).map(([client]) => client);
  }

  readOn({ sent, acknowledged }: SimulatedFleet): void {
    for (const { channel, version, client, status, ordered } of sent.slice(this.#sent)) {
      const said = this.of(channel, version);
      if (ordered === true) said.obeyed.add(client);
      said.began.add(client);
      if (status !== "in-progress") said.answered.add(client);
      if (status === "completed") said.well.add(client);
    }
    for (const { channel, version, client, status, ordered, at } of acknowledged.slice(this.#acknowledged)) {
      const said = this.of(channel, version);
      const known = this.#known.get(channel) ?? new Map<string, number>();
      this.#known.set(channel, known);
      if (!known.has(client)) known.set(client, at);
      if (status === "completed" && !said.harmed.has(client)) said.knownWell.add(client);
      // Whether who goes back as it was told was harmed is the server's to know.
      const isHarm = ordered !== true && (status === "failed" || status === "rolled-back");
      if (!isHarm || said.harmed.has(client) || said.obeyed.has(client)) continue;
      if (said.knownWell.has(client)) said.crashed.set(client, at);
      said.harmed.set(client, at);
    }
    [this.#sent, this.#acknowledged] = [sent.length, acknowledged.length];
  }
}
