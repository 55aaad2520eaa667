/** One connection to a database, for whoever migrates it. Parameters are `$1`, `$2` … */
export interface Database {
  /** Runs a script of any number of statements. */
  run(script: string): Promise<void>;
  rows(statement: string, values?: readonly string[]): Promise<Record<string, unknown>[]>;
  /** Does several things wholly or not at all: what throws leaves nothing behind. */
  wholly(act: () => Promise<void>): Promise<void>;
  /** Writes a restore point to a file that is not there yet, whole and synced when this resolves. */
  save(file: string): Promise<void>;
  /** Makes the database what it was at a restore point. */
  load(file: string): Promise<void>;
  close(): Promise<void>;
}
