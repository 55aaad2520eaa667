import type { Progress } from "@sluice/core/targets/progress.ts";

/** Counts how far copies have got: images, and bytes that their destination needs, each content once. */
export class CopyProgress {
  readonly #images = { done: 0, total: 0 };
  readonly #bytes = { done: 0, total: 0 };
  readonly #tell: (progress: Progress) => void;

  /** @param tell told of every step */
  constructor(tell: (progress: Progress) => void) {
    this.#tell = tell;
  }

  /** One more image is to come. @returns to be called when it is there, whole */
  image(): () => void {
    this.#images.total++;
    return () => {
      this.#images.done++;
      this.#step();
    };
  }

  /** Content of so many bytes is to come. @returns to be told how many of them have, of which more than all are all */
  content(size: number): (arrived: number) => void {
    this.#bytes.total += size;
    let counted = 0;
    return (arrived) => {
      const now = Math.min(size, arrived);
      this.#bytes.done += now - counted;
      counted = now;
      this.#step();
    };
  }

  #step(): void {
    this.#tell({ what: "images copied", ...this.#images, bytes: { ...this.#bytes } });
  }
}
