import type { Readable } from "node:stream";

/** Content of a file that is too large to be held. */
export interface Content {
  /** bytes */
  readonly size: number;
  open(): Promise<Readable>;
}

/**
 * Where files are published. A path is relative, of a repository's form (`metadata/timestamp.json`), and never comes from outside.
 * Every call rejects with a TargetFailure.
 */
export interface Place {
  /** What people know it by: `/srv/updates/shop`, `s3://bucket/prefix`. */
  readonly name: string;
  /** A file's bytes; undefined when it is not there. At most 8 MiB. */
  read(path: string, signal: AbortSignal): Promise<Buffer | undefined>;
  /** A file's size in bytes; undefined when it is not there. */
  size(path: string, signal: AbortSignal): Promise<number | undefined>;
  /** Writes a file whose name stands for its content. Readers see all of it or nothing. */
  write(path: string, content: Uint8Array | Content, signal: AbortSignal): Promise<void>;
  /**
   * Exchanges the one file that changes, if it is still the one that was seen, as far as the place can tell.
   * @param seen undefined: it was not there
   */
  replace(path: string, bytes: Uint8Array, seen: Uint8Array | undefined, signal: AbortSignal): Promise<void>;
  /** The paths of all files below a folder of the repository. */
  list(folder: string, signal: AbortSignal): Promise<string[]>;
  remove(path: string, signal: AbortSignal): Promise<void>;
}

/** Largest file that is read whole, in bytes. */
export const readBytesMax = 8 * 1024 ** 2;
