import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { World } from "../world/world.ts";

/** Something that happened in a history: an event of the log, or a fault that took effect. */
export interface Happening {
  /** Since the history began, in ms. */
  readonly atMs: number;
  readonly what: string;
  /** What is alike of those that follow each other. */
  readonly kind: string;
}

/** Longer sentences are cut. */
const longest = 120;
/** What says nothing to a reader. */
const left = new Set(["salt", "comment", "from"]);

/** Everything that happened, in the order of time. */
export function happenedIn(world: World): Happening[] {
  const began = world.clock.now() - world.elapsedMs();
  const events = world
    .log()
    .map((event, index) => ({ atMs: (world.appendedAt[index] ?? began) - began, ...sentence(event) }));
  const faults = world.faults.struck.map(({ at, what }) => ({ atMs: at - began, what: `fault: ${what}`, kind: what }));
  return [...faults, ...events].sort((a, b) => a.atMs - b.atMs);
}

/** An event in the words of the log: what, where, of which version, by whom; then whatever else is short enough to be read. */
function sentence({ seq, type, actor, data }: SealedEvent): { readonly what: string; readonly kind: string } {
  const { stage, version, manifest, pipeline, ...rest } = data as Record<string, unknown>;
  const words = [stage, version ?? versionOf(manifest), stagesOf(pipeline)].filter((word) => typeof word === "string");
  const kind = `${[type, ...words].join(" ")} by ${actor}`;
  const others = Object.entries(rest).filter(([key, value]) => !left.has(key) && isShort(value));
  const text = [`${seq} ${kind}`, ...others.map(([key, value]) => `${key} ${value}`)].join(", ");
  return { kind, what: text.length <= longest ? text : `${text.slice(0, longest - 1)}…` };
}

function versionOf(manifest: unknown): unknown {
  return (manifest as { readonly version?: unknown } | undefined)?.version;
}

function stagesOf(pipeline: unknown): string | undefined {
  const stages = (pipeline as { readonly stages?: readonly { readonly name: string }[] } | undefined)?.stages;
  return stages?.map(({ name }) => name).join(" → ");
}

/** Digests and whole files cannot be read, and what is not so need not be told. */
function isShort(value: unknown): boolean {
  if (typeof value === "string") return /^(?![0-9a-f]{16,}$)[^\n]{1,60}$/.test(value);
  return typeof value === "number" || value === true;
}
