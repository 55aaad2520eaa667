import { stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../disk/durable.ts";
import { remove } from "../../disk/files.ts";
import { UpdaterError } from "../../errors.ts";
import type { Log } from "../../ports/log.ts";
import type { Change, ComponentDriver } from "../component.ts";
import type { Database } from "./database.ts";
import { planMigrations, type Step } from "./plan.ts";
import { readRecorded, record } from "./recorded.ts";
import { type Migration, readMigrations } from "./scripts.ts";

/**
 * A database whose migrations come with the release: a folder with `migrations.json` and the scripts. Expanding migrations run when it is
 * its turn, contracting ones once the whole is healthy; each is written down in the database itself, in the transaction that runs it.
 * @param options.baseline the version of a database that was there before; null: begins with an empty one
 */
export function databaseDriver(options: {
  readonly name: string;
  readonly order: number;
  readonly baseline: string | null;
  readonly open: () => Promise<Database>;
  readonly log: Log;
}): ComponentDriver {
  const { name, baseline, log } = options;
  const point = ({ backup }: Change) => join(backup, "restore-point");

  const migrationsOf = async ({ from, to }: Change) => ({
    here: await readMigrations(join(to.folder, name)),
    left: from === undefined ? [] : await readMigrations(join(from.folder, name)),
  });

  const using = async (act: (database: Database) => Promise<void>): Promise<void> => {
    const database = await options.open().catch((error: unknown) => {
      throw new UpdaterError("MIGRATION_FAILED", `The database ${name} cannot be reached: ${said(error)}`, {
        cause: error,
      });
    });
    try {
      await act(database);
    } finally {
      await database.close();
    }
  };

  const run = async (database: Database, step: Step, transaction: string): Promise<void> => {
    const { direction, migration } = step;
    const script = migration[direction];
    try {
      if (migration.transaction)
        return await database.wholly(async () => {
          await database.run(script);
          await record(database, migration, direction === "up" ? "applied" : "reverted", transaction);
        });
      await record(database, migration, "started", transaction);
      await database.run(script);
      await record(database, migration, direction === "up" ? "applied" : "reverted", transaction);
    } catch (error) {
      const which = `${migration.phase} migration ${migration.from ?? "(none)"} to ${migration.to}`;
      throw new UpdaterError("MIGRATION_FAILED", `The ${which} of ${name} failed (${direction}): ${said(error)}`, {
        cause: error,
      });
    }
  };

  const migrate = (change: Change, phase: Migration["phase"], signal: AbortSignal): Promise<void> =>
    using(async (database) => {
      const recorded = await readRecorded(database);
      const steps = planMigrations({ ...(await migrationsOf(change)), recorded, baseline, phase });
      for (const step of steps) {
        signal.throwIfAborted();
        await run(database, step, change.id);
        log.info("The database was migrated", {
          component: name,
          migration: step.migration.id,
          direction: step.direction,
        });
      }
    });

  return {
    name,
    order: options.order,
    prepare: (change) =>
      using(async (database) => {
        const recorded = await readRecorded(database);
        const steps = planMigrations({ ...(await migrationsOf(change)), recorded, baseline, phase: "contract" });
        if (steps.length === 0) return;
        await makeFolder(change.backup);
        await remove(point(change));
        await database.save(point(change));
      }),
    apply: (change, signal) => migrate(change, "expand", signal),
    finish: (change, signal) => migrate(change, "contract", signal),
    revert: (change) =>
      using(async (database) => {
        const { here, left } = await migrationsOf(change);
        const mine = (await readRecorded(database)).filter(({ transaction }) => transaction === change.id);
        const inState = (list: readonly Migration[], ...states: string[]) =>
          list.filter(({ id }) => mine.some((row) => row.id === id && states.includes(row.state)));
        const steps: Step[] = [
          ...inState(here, "applied", "started")
            .toReversed()
            .map((migration) => ({ direction: "down" as const, migration })),
          ...inState(left, "reverted")
            .filter(({ id }) => !here.some((known) => known.id === id))
            .map((migration) => ({ direction: "up" as const, migration })),
        ];
        try {
          for (const step of steps) await run(database, step, change.id);
        } catch (error) {
          if ((await stat(point(change)).catch(() => undefined)) === undefined) throw error;
          log.error("The database cannot be migrated back; it is put back to its restore point", {
            component: name,
            why: said(error),
          });
          await database.load(point(change));
        }
      }),
    async problem() {
      try {
        await using(async (database) => void (await database.rows("SELECT 1 AS one")));
        return undefined;
      } catch (error) {
        return said(error);
      }
    },
  };
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
