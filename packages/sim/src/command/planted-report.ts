import { codeRuns } from "../history/run.ts";
import type { Defect } from "../planted/defect.ts";
import type { Catch } from "../planted/hunt.ts";

/** A table of planted defects in the order of their list, each row as soon as it and those before it are known; or one JSON object. */
export class PlantedReport {
  readonly #chosen: readonly Defect[];
  readonly #json: boolean;
  readonly #width: number;
  readonly #catches: (Catch | undefined)[];
  readonly #began = performance.now();
  #told = 0;

  constructor(chosen: readonly Defect[], json: boolean) {
    this.#chosen = chosen;
    this.#json = json;
    this.#catches = chosen.map(() => undefined);
    this.#width = Math.max("planted defect".length, ...chosen.map(({ name }) => name.length));
    if (!json) console.log(this.#row("planted defect", "package", "seeds", "caught by what guards that"));
    this.#progress();
  }

  /** Hears what became of the defect at a place in the list. */
  hear(place: number, found: Catch): void {
    this.#catches[place] = found;
    this.#clear();
    for (; this.#told < this.#chosen.length; this.#told++) {
      const next = this.#catches[this.#told];
      if (next === undefined) break;
      if (!this.#json) console.log(this.#row(next.defect, this.#packageOf(this.#told), `${next.seeds}`, catcher(next)));
    }
    this.#progress();
  }

  /** Sums up. @returns whether all were caught */
  end(): boolean {
    this.#clear();
    const known = this.#known();
    const caught = known.filter(({ guards }) => guards !== null);
    const missed = known.filter(({ guards }) => guards === null).map(({ defect }) => defect);
    const histories = known.reduce((sum, { seeds }) => sum + seeds, 0);
    const seconds = (performance.now() - this.#began) / 1_000;
    const perMinute = Math.round((60 * histories) / seconds);
    const sorted = caught.map(({ seeds }) => seeds).sort((a, b) => a - b);
    const [median, most] = [sorted[Math.floor(sorted.length / 2)] ?? null, sorted.at(-1) ?? null];
    const sums = { planted: known.length, caught: caught.length, median, most, histories, perMinute };
    if (this.#json) {
      const rows = known.map((one, place) => ({ ...one, package: this.#packageOf(place) }));
      console.log(JSON.stringify({ ...sums, defects: rows }));
    } else {
      if (missed.length > 0) console.log(`Nothing saw:${missed.map((name) => `\n  ${name}`).join("")}`);
      console.log(`in ${seconds.toFixed(0)} s: ${histories} histories, ${perMinute} a minute`);
      const seeds = median === null ? "" : `, after ${median} seeds in the median and ${most} at most`;
      console.log(`${known.length} planted defects, ${caught.length} caught${seeds}`);
    }
    return missed.length === 0;
  }

  #known(): Catch[] {
    return this.#catches.filter((found) => found !== undefined);
  }

  #packageOf(place: number): string {
    const file = this.#chosen[place]?.file ?? "";
    return file.slice(0, file.indexOf("/"));
  }

  #row(defect: string, from: string, seeds: string, by: string): string {
    return `${defect.padEnd(this.#width)}  ${from.padEnd("package".length)}  ${seeds.padStart("seeds".length)}  ${by}`;
  }

  #progress(): void {
    if (process.stderr.isTTY) process.stderr.write(`${this.#known().length} of ${this.#chosen.length} defects`);
  }

  #clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}

function catcher({ guards, what }: Catch): string {
  if (guards === null) return "NOT CAUGHT";
  return guards === codeRuns ? `${codeRuns}: ${what.split("\n")[0]}` : guards;
}
