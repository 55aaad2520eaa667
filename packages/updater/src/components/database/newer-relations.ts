import { readFile } from "node:fs/promises";
import type { Client } from "pg";
import { z } from "zod";
import { writeDurably } from "../../disk/durable.ts";

const namesSchema = z.array(z.string());

/** `DROP` needs to know what kind of thing it is. https://www.postgresql.org/docs/current/catalog-pg-class.html */
const kinds = { r: "TABLE", p: "TABLE", f: "FOREIGN TABLE", v: "VIEW", m: "MATERIALIZED VIEW", S: "SEQUENCE" } as const;

/** Every table, view and sequence of a database, quoted and with its schema, less what belongs to extensions. */
async function relations(client: Client): Promise<{ readonly name: string; readonly kind: keyof typeof kinds }[]> {
  const { rows } = await client.query(
    `SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS name, relkind AS kind
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind = ANY($1) AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')`,
    [Object.keys(kinds)],
  );
  return rows;
}

/** Writes down, beside a restore point, what there is when it is made. */
export async function noteRelations(client: Client, file: string): Promise<void> {
  const names = (await relations(client)).map(({ name }) => name);
  await writeDurably(`${file}.relations`, JSON.stringify(names));
}

/** Drops what was not there when a restore point was made: `pg_restore --clean` knows only of what is in it. */
export async function dropNewer(client: Client, file: string): Promise<void> {
  const known = new Set(namesSchema.parse(JSON.parse(await readFile(`${file}.relations`, "utf8"))));
  const newer = (await relations(client)).filter(({ name }) => !known.has(name));
  // What belongs to another (a partition, a column's sequence) is gone with it.
  for (const { name, kind } of newer) await client.query(`DROP ${kinds[kind]} IF EXISTS ${name} CASCADE`);
}
