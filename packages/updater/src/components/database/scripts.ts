import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { systemCode } from "../../disk/failure.ts";
import { UpdaterError } from "../../errors.ts";

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, "must be a file's name, in the same folder");

const listSchema = z.strictObject({
  migrations: z
    .array(
      z.strictObject({
        /** The version that the database must have; null: none yet. */
        from: z.string().min(1).max(100).nullable(),
        to: z.string().min(1).max(100),
        /** `expand`: before the new program runs, and so that the old one still can. `contract`: once the new one is healthy. */
        phase: z.enum(["expand", "contract"]).default("expand"),
        up: fileName,
        down: fileName,
        /** false: statements that a transaction cannot hold; they must be such that they can be run again. */
        transaction: z.boolean().default(true),
      }),
    )
    .max(10_000),
});

/** One migration of a release, with its scripts. */
export interface Migration {
  readonly id: string;
  readonly from: string | null;
  readonly to: string;
  readonly phase: "expand" | "contract";
  readonly up: string;
  readonly down: string;
  readonly transaction: boolean;
  /** SHA-256 of the script, lower-case hex. */
  readonly sha256: string;
}

/** A script that ends the transaction that it is run in would be half applied when it fails. */
const endsTransaction = /^\s*(?:begin|start\s+transaction|commit|rollback)(?:\s+(?:work|transaction))?\s*;/im;

/**
 * Reads `migrations.json` and the scripts that it names: every migration of the database up to this release, oldest first.
 * @returns an empty list when the folder is not there
 * @throws UpdaterError MIGRATION_REFUSED
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const path = join(folder, "migrations.json");
  try {
    const { migrations } = listSchema.parse(JSON.parse(await readFile(path, "utf8")));
    const read = await Promise.all(
      migrations.map(async ({ from, to, phase, up, down, transaction }) => {
        const script = await readFile(join(folder, up), "utf8");
        const back = await readFile(join(folder, down), "utf8");
        for (const [name, text] of Object.entries({ [up]: script, [down]: back }))
          if (transaction && endsTransaction.test(text))
            throw new Error(`${name} begins or ends a transaction; each script is run in one already`);
        const sha256 = createHash("sha256").update(script).digest("hex");
        return { id: `${from ?? ""}-${to}:${phase}`, from, to, phase, up: script, down: back, transaction, sha256 };
      }),
    );
    const twice = read.find(({ id }, index) => read.findIndex((other) => other.id === id) !== index);
    if (twice !== undefined)
      throw new Error(`there are two ${twice.phase} migrations from ${twice.from} to ${twice.to}`);
    return read;
  } catch (error) {
    if (systemCode(error) === "ENOENT" && (error as NodeJS.ErrnoException).path === path) return [];
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UpdaterError("MIGRATION_REFUSED", `The migrations in ${path} cannot be used: ${why}`, { cause: error });
  }
}
