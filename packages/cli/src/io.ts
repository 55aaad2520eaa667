/** A stream that a command writes to. */
export interface Out {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width in characters, on a terminal. */
  readonly columns?: number;
}

/** What a command takes from its surroundings. */
export interface Io {
  /** The answer. With `--json` exactly one document. */
  readonly stdout: Out;
  /** Everything else: progress, warnings, errors. */
  readonly stderr: Out;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder, absolute. */
  readonly cwd: string;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}
