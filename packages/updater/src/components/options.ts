import type { Command } from "../program/command.ts";

/** How the updater treats a component of the releases, by its name. Those that are not named are files beside the program. */
export type ComponentOptions = {
  /** Lower ones are changed first. */
  readonly order: number;
} & (
  | {
      readonly kind: "frontend";
      /** Absolute path of the link to the assets that a web server reads. */
      readonly publish: string;
    }
  | {
      readonly kind: "database";
      /** A PostgreSQL address, or the absolute path of a SQLite file; read anew for each use, as it holds a password. */
      readonly address: () => Promise<string>;
      /** Version of a database that was there before the updater was; null: it begins empty. */
      readonly baseline: string | null;
      /** PostgreSQL: programs that make and read restore points; absent: pg_dump and pg_restore; null: none. */
      readonly restorePoint?: { readonly save: Command; readonly load: Command } | null;
    }
  | {
      readonly kind: "command";
      readonly apply: Command;
      readonly revert: Command;
      readonly check?: Command;
      /** ms */
      readonly timeoutMs: number;
    }
);
