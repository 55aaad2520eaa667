import type { Registry } from "./registry.ts";

/** A repository in a registry that can be asked. */
export interface Place {
  readonly registry: Registry;
  readonly repository: string;
}
