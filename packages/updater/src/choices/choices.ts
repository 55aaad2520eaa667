import { readFile } from "node:fs/promises";
import { versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { writeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";
import { UpdaterError } from "../errors.ts";
import { timestamp } from "../ports/clock.ts";

const choicesSchema = z.object({
  /** Never installed by itself; the next version is offered again. */
  skipped: z.string().optional(),
  /** Nothing is installed by itself before this moment, ms since the epoch. */
  deferredUntilMs: z.number().optional(),
  /** A version is installed by itself from this moment on, ms since the epoch, whatever the window says. */
  scheduled: z.object({ version: z.string(), atMs: z.number() }).optional(),
  /** When a mandatory release was first seen, ms since the epoch: its deadline runs from there. */
  seen: z.object({ version: z.string(), atMs: z.number() }).optional(),
});

/** What people have said of the updates on offer, and since when one is mandatory. */
export type Choices = z.infer<typeof choicesSchema>;

/** Longest that an update may be deferred at a time, ms. */
const longestDeferralMs = 30 * 24 * 3_600_000;

/** What a person says of an update. Moments are ms since the epoch. */
export const choiceSchema = z.discriminatedUnion("choice", [
  z.strictObject({ choice: z.literal("skip"), version: versionSchema }),
  z.strictObject({ choice: z.literal("defer"), untilMs: z.number() }),
  z.strictObject({ choice: z.literal("schedule"), version: versionSchema, atMs: z.number() }),
  /** Back to what the configuration says. */
  z.strictObject({ choice: z.literal("forget") }),
]);

export type Choice = z.infer<typeof choiceSchema>;

/** The choices as they are on disk; none when they cannot be read. */
export async function readChoices(layout: Layout): Promise<Choices> {
  try {
    return choicesSchema.parse(JSON.parse(await readFile(layout.choices, "utf8")));
  } catch {
    return {};
  }
}

/**
 * Writes down what a person says.
 * @param now ms since the epoch
 * @throws UpdaterError CHOICE_REFUSED when the moment lies in the past or too far ahead
 */
export async function choose(layout: Layout, choice: Choice, now: number): Promise<Choices> {
  const chosen = chooseFrom(await readChoices(layout), choice, now);
  await writeDurably(layout.choices, JSON.stringify(chosen));
  return chosen;
}

function chooseFrom(before: Choices, choice: Choice, now: number): Choices {
  const { seen } = before;
  const kept = seen === undefined ? {} : { seen };
  switch (choice.choice) {
    case "skip":
      return { ...kept, skipped: choice.version };
    case "defer":
      return { ...kept, deferredUntilMs: within(choice.untilMs, now) };
    case "schedule":
      return { ...kept, scheduled: { version: choice.version, atMs: within(choice.atMs, now) } };
    case "forget":
      return kept;
  }
}

/** Notes when a mandatory release was first seen; another one starts anew. */
export async function noteSeen(layout: Layout, version: string, now: number): Promise<Choices> {
  const before = await readChoices(layout);
  if (before.seen?.version === version) return before;
  const seen = { ...before, seen: { version, atMs: now } };
  await writeDurably(layout.choices, JSON.stringify(seen));
  return seen;
}

function within(moment: number, now: number): number {
  if (moment <= now) throw new UpdaterError("CHOICE_REFUSED", `${timestamp(moment)} has passed already`);
  if (moment > now + longestDeferralMs)
    throw new UpdaterError(
      "CHOICE_REFUSED",
      `${timestamp(moment)} is more than 30 days ahead; an update can be put off for 30 days at a time`,
    );
  return moment;
}
