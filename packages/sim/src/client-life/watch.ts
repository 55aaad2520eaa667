import type { File } from "../disk/tree.ts";
import { losses } from "../disk/tree.ts";
import type { Random } from "../fleet/random.ts";
import { lifeChecks } from "./checks/all.ts";
import { find, type JournalLine, linesOf } from "./found.ts";
import type { Life } from "./life.ts";

export interface LifeViolation {
  readonly guards: string;
  readonly what: string;
}

/** So seldom is what lies on the disk looked at, of all of its changes: what is wrong stays so for some of them. */
const looksAt = 0.25;

/** Looks at the disk of a machine whenever it changes. Keeps the first violation. */
export class Watch {
  violation: LifeViolation | undefined;
  readonly #life: Life;
  readonly #random: Random;
  readonly #running;
  #journal: File | undefined;
  #content: Buffer = Buffer.alloc(0);

  constructor(life: Life, random: Random) {
    this.#life = life;
    this.#random = random;
    this.#running = lifeChecks.map(({ guards, create }) => ({ guards, check: create(life) }));
  }

  /** A process begins. */
  begins(): void {
    this.#life.well.clear();
    this.#readAnew();
    this.#see();
  }

  /** The disk is as it is before one change, and after the one before. */
  changes(): void {
    this.#readOn();
    if (this.#random.chance(looksAt)) this.looks();
  }

  looks(): void {
    for (const loss of losses) {
      const found = find(this.#life.disk.root, loss);
      for (const { guards, check } of this.#running) this.#keep(guards, check.instant?.(found));
    }
  }

  rests(): void {
    this.#readOn();
    const found = find(this.#life.disk.root, "all");
    for (const { guards, check } of this.#running) this.#keep(guards, check.rest?.(found));
  }

  #see(): void {
    const journal = this.#life.disk.root.names.get("journal.jsonl");
    this.#journal = journal?.kind === "file" ? journal : undefined;
    this.#content = this.#journal?.content ?? Buffer.alloc(0);
  }

  /** Tells of the lines that the journal has got. Where something else stands in their place, it is read anew. */
  #readOn(): void {
    const [journal, content] = [this.#journal, this.#content];
    this.#see();
    if (this.#content === content) return;
    const whole = content.subarray(0, content.lastIndexOf("\n") + 1);
    const isLonger = this.#content.subarray(0, whole.length).equals(whole);
    if (!isLonger && journal === this.#journal) this.#readAnew();
    else this.#tell(linesOf(isLonger ? this.#content.subarray(whole.length) : this.#content));
  }

  #tell(lines: readonly JournalLine[]): void {
    const safe = () => find(this.#life.disk.root, "synced");
    for (const line of lines)
      for (const { guards, check } of this.#running) this.#keep(guards, check.line?.(line, safe));
  }

  #readAnew(): void {
    const found = find(this.#life.disk.root, "all");
    for (const { check } of this.#running) check.begins?.(found);
  }

  #keep(guards: string, what: string | undefined): void {
    if (what !== undefined) this.violation ??= { guards, what };
  }
}
