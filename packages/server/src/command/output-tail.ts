/** Longest end of an output that is kept, in bytes. */
const keptBytes = 4_096;

/** The end of an output, without secrets: also not a part of one that was cut through. */
export class OutputTail {
  readonly #secrets: readonly string[];
  readonly #margin: number;
  #kept = Buffer.alloc(0);
  #dropped = 0;

  /** @param secrets what must not be kept. The longest first, so that one that contains another goes wholly. */
  constructor(secrets: readonly string[]) {
    // One character a byte, so that places in the text are places in the buffer.
    this.#secrets = secrets
      .filter((secret) => secret !== "")
      .map((secret) => Buffer.from(secret, "utf8").toString("latin1"))
      .sort((a, b) => b.length - a.length);
    this.#margin = this.#secrets[0]?.length ?? 0;
  }

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.#kept, chunk]);
    const excess = Math.max(0, all.length - keptBytes - this.#margin);
    this.#kept = all.subarray(excess);
    this.#dropped += excess;
  }

  /** What was kept, without control characters other than line breaks and tabs. */
  text(): string {
    let bytes = this.#kept.toString("latin1").replaceAll("\0", "?");
    for (const secret of this.#secrets) bytes = bytes.replaceAll(secret, "\0".repeat(secret.length));
    // A secret that was cut through begins before what is kept, and so ends within the margin.
    const cut = this.#dropped > 0 ? this.#margin : 0;
    const text = Buffer.from(bytes.slice(cut), "latin1")
      .toString("utf8")
      .replace(/\0+/g, "***")
      .replace(/(?![\n\t])\p{Cc}/gu, "");
    const dropped = this.#dropped + cut;
    return dropped > 0 ? `(${dropped} bytes before)\n${text}` : text;
  }
}
