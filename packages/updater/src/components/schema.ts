import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { parseDuration } from "@sluice/core/time/duration.ts";
import { z } from "zod";
import type { Command } from "../program/command.ts";
import type { ComponentOptions } from "./options.ts";

const text = z.string().min(1);
const command = z.tuple([text], text);
const duration = z
  .string()
  .transform((value) => parseDuration(value) ?? Number.NaN)
  .refine((ms) => ms > 0 && ms <= 86_400_000, "must be a duration such as 90s or 10m, at most a day");

const databaseSchema = z
  .strictObject({
    /** PostgreSQL: `postgres://user@host/name`. */
    url: z.url({ protocol: /^postgres(ql)?$/, error: "must be a URL such as postgres://user@host/name" }).optional(),
    /** A file that holds the URL, so that its password is not in this one. */
    "url-file": text.optional(),
    sqlite: text.optional(),
    baseline: text.optional(),
    "restore-point": z.union([z.literal("none"), z.strictObject({ save: command, load: command })]).optional(),
  })
  .refine((database) => [database.url, database["url-file"], database.sqlite].filter(Boolean).length === 1, {
    error: "must have exactly one of url, url-file and sqlite",
  });

const componentSchema = z
  .strictObject({
    order: z.number().int().min(1).max(100).optional(),
    database: databaseSchema.optional(),
    frontend: z.strictObject({ publish: text }).optional(),
    command: z
      .strictObject({ apply: command, revert: command, check: command.optional(), timeout: duration.default(600_000) })
      .optional(),
  })
  .refine(({ database, frontend, command }) => [database, frontend, command].filter(Boolean).length === 1, {
    error: "must have exactly one of database, frontend and command",
  });

/** `components` of `agent.yaml`: what the components of a release are, by their names. */
export const componentsSchema = z.record(nameSchema, componentSchema);

/** Databases come before the program, which is 50, and frontends after it. */
const usualOrder = { database: 10, command: 30, frontend: 90 };

/** What the configuration says, with paths made absolute. @param folder of the configuration file */
export function componentsOf(
  components: z.infer<typeof componentsSchema>,
  folder: string,
): Record<string, ComponentOptions> {
  const entries = Object.entries(components).map(([name, component]) => [name, optionsOf(component, folder)] as const);
  return Object.fromEntries(entries.flatMap(([name, options]) => (options === undefined ? [] : [[name, options]])));
}

function optionsOf(
  { order, database, frontend, command: run }: z.infer<typeof componentSchema>,
  folder: string,
): ComponentOptions | undefined {
  if (frontend !== undefined)
    return { kind: "frontend", order: order ?? usualOrder.frontend, publish: resolve(folder, frontend.publish) };
  if (run !== undefined) {
    const { apply, revert, check, timeout: timeoutMs } = run;
    const checked = check === undefined ? {} : { check: { command: check } };
    const commands: { apply: Command; revert: Command } = { apply: { command: apply }, revert: { command: revert } };
    return { kind: "command", order: order ?? usualOrder.command, ...commands, ...checked, timeoutMs };
  }
  if (database === undefined) return undefined;
  const { url, sqlite, baseline = null, "url-file": file, "restore-point": point } = database;
  return {
    kind: "database",
    order: order ?? usualOrder.database,
    baseline,
    address: async () =>
      sqlite !== undefined
        ? resolve(folder, sqlite)
        : (url ?? (await readFile(resolve(folder, file ?? ""), "utf8")).trim()),
    ...(point === undefined
      ? {}
      : { restorePoint: point === "none" ? null : { save: { command: point.save }, load: { command: point.load } } }),
  };
}
