import { sizePartText } from "../views/size-text.ts";

/** How far a target has got with what is asked of it. It is told to whoever looks, and is no fact: the log has none of it. */
export interface Progress {
  /** What is counted, for a person: `images copied`. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
  /** Bytes, as far as it is known how many there are. */
  readonly bytes?: { readonly done: number; readonly total: number };
}

/** How far the targets of an application's stages are; undefined: nobody is at it here, or it does not say. */
export type FindProgress = (stage: string, target: string) => Progress | undefined;

/** For a person: `3 of 5 images copied, 412.0 of 980.4 MiB`. */
export function progressText({ what, done, total, bytes }: Progress): string {
  const sizes = bytes === undefined ? "" : `, ${sizePartText(bytes.done, bytes.total)}`;
  return `${done} of ${total} ${what}${sizes}`;
}
