import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import pg from "pg";
import { failureOf } from "./failure.ts";

/** The way to the database. Every method fails with an OperationalError where the world, not the caller, is at fault. */
export interface Connection {
  /** One statement, committed when this resolves. */
  query<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Several statements, all or none. */
  transaction<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T>;
  /** A client of the caller's own, not yet connected, for listening. */
  newClient(): pg.Client;
  close(): Promise<void>;
}

const poolMax = 10;
const connectTimeoutMs = 5_000;
/** No statement of ours takes long; one that does must not hold up the others for ever. */
const statementTimeoutMs = 30_000;

/** @param url `postgres://user:password@host:port/database`, with the parameters of libpq. */
export function connect(url: string): Connection {
  const config = {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    keepAlive: true,
    application_name: "sluice",
  };
  const pool = new pg.Pool({ ...config, max: poolMax });
  // An idle connection that breaks is replaced by the pool; whoever needs the database next will see how it is.
  pool.on("error", () => {});
  const busy = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  let ended = false;

  /** Keeps the pool open until `work` is done, and turns its errors into ours. */
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    if (ended) throw new OperationalError("STORE_UNAVAILABLE", "the store is closed", { retryable: false });
    const done = work();
    busy.add(done);
    try {
      return await done;
    } catch (error) {
      throw failureOf(error);
    } finally {
      busy.delete(done);
    }
  };
  const end = async () => {
    // What has been begun may need more than one statement: it asks for the next before this comes round again.
    while (busy.size > 0) {
      await Promise.allSettled(busy);
      await new Promise((resolve) => setImmediate(resolve));
    }
    ended = true;
    await pool.end();
  };

  return {
    query: <R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      during(async () => (await pool.query<R>(text, [...values])).rows),
    transaction: (work) =>
      during(async () => {
        const client = await pool.connect();
        let broken: Error | undefined;
        try {
          await client.query("BEGIN");
          const result = await work(client);
          await client.query("COMMIT");
          return result;
        } catch (error) {
          await client.query("ROLLBACK").catch((failed: Error) => {
            broken = failed;
          });
          throw error;
        } finally {
          client.release(broken);
        }
      }),
    newClient: () => new pg.Client(config),
    close() {
      closed ??= end();
      return closed;
    },
  };
}
