/**
 * The migrations of two releases of one database, for SQLite and PostgreSQL alike: 1.0.0 makes `items (id, name, legacy)`, 2.0.0 adds
 * `score`, and drops `legacy` once it is healthy.
 */
export function migrationFiles(version: string): Record<string, string> {
  const one = { from: null, to: "1.0.0", up: "1.sql", down: "1-back.sql" };
  const two = { from: "1.0.0", to: "2.0.0", up: "2.sql", down: "2-back.sql" };
  const three = { ...two, phase: "contract", up: "2-contract.sql", down: "2-contract-back.sql" };
  const migrations = version === "1.0.0" ? [one] : [one, two, three];
  return {
    "migrations.json": JSON.stringify({ migrations }),
    "1.sql":
      "CREATE TABLE items (id INTEGER, name TEXT, legacy TEXT); INSERT INTO items VALUES (1, 'one', 'old'), (2, 'two', 'old');",
    "1-back.sql": "DROP TABLE items;",
    "2.sql": "ALTER TABLE items ADD COLUMN score INTEGER; UPDATE items SET score = id * 10;",
    "2-back.sql": "ALTER TABLE items DROP COLUMN score;",
    "2-contract.sql": "ALTER TABLE items DROP COLUMN legacy;",
    "2-contract-back.sql": "ALTER TABLE items ADD COLUMN legacy TEXT; UPDATE items SET legacy = 'old';",
  };
}

/** The release that a database with these columns belongs to; undefined when there is no table. */
export function versionOfColumns(columns: readonly string[]): string | undefined {
  const known: Record<string, string | undefined> = {
    "": undefined,
    "id,legacy,name": "1.0.0",
    "id,name,score": "2.0.0",
  };
  const key = columns.toSorted().join(",");
  return key in known ? known[key] : `neither one: ${key}`;
}
