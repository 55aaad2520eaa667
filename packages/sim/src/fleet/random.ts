/**
 * A seeded generator of random numbers: sfc32 of PractRand (Chris Doty-Humphrey, public domain). Small, fast, passes PractRand and
 * TestU01; the same seed gives the same numbers on every machine.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** `seed` and `stream` are 32-bit integers; streams of one seed are independent of each other. */
  constructor(seed: number, stream = 0) {
    this.#a = 0x9e3779b9;
    this.#b = stream | 0;
    this.#c = seed | 0;
    this.#counter = 1;
    for (let round = 0; round < 15; round++) this.uint32();
  }

  /** 0 to 2³² − 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** 0 inclusive to 1 exclusive, in steps of 2⁻³². */
  fraction(): number {
    return this.uint32() / 0x100000000;
  }

  /** True with the given probability; always false at 0, always true at 1. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** 0 to `bound` − 1. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }
}
