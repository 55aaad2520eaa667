import type { BlobStore } from "../../blobs/store.ts";
import type { Place } from "./place.ts";
import type { ReadFile } from "./signed.ts";

/** What is to be copied where. */
export interface CopyWork {
  /** Reads the signed repository that is copied. */
  readonly read: ReadFile;
  readonly blobs: Pick<BlobStore, "read">;
  readonly place: Place;
  /** The channels that are published there. */
  readonly channels: readonly string[];
  readonly signal: AbortSignal;
}
