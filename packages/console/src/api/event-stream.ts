/** One message of a `text/event-stream`. */
interface StreamMessage {
  readonly id: string;
  readonly data: string;
}

/**
 * Reads a `text/event-stream` (WHATWG HTML, section 9.2.6) from chunks that may be cut anywhere. The `event` and `retry`
 * fields are left out: Sluice's events name their type in their data, and the console waits by its own rule.
 */
export class StreamReader {
  #rest = "";
  #id = "";
  #data: string[] = [];

  /** @returns the messages that the chunk completes */
  read(chunk: string): StreamMessage[] {
    const messages: StreamMessage[] = [];
    // A carriage return at the end may be the first half of a line's end.
    const text = this.#rest + chunk;
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(whole.length);
    for (const line of lines) {
      if (line !== "") this.#field(line);
      else if (this.#data.length > 0) {
        messages.push({ id: this.#id, data: this.#data.join("\n") });
        this.#data = [];
      }
    }
    return messages;
  }

  #field(line: string): void {
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === "data") this.#data.push(value);
    else if (name === "id") this.#id = value;
  }
}
