import { unreachable } from "@sluice/core/errors/unreachable.ts";
import type { Log } from "../ports/log.ts";
import { commandDriver } from "./command.ts";
import type { ComponentDriver } from "./component.ts";
import type { Database } from "./database/database.ts";
import { databaseDriver } from "./database/driver.ts";
import { frontendDriver } from "./frontend.ts";
import type { ComponentOptions } from "./options.ts";

/** The drivers of the configured components together with the program's, in the order in which they are changed. */
export function openDrivers(
  program: ComponentDriver,
  components: Readonly<Record<string, ComponentOptions>>,
  log: Log,
): ComponentDriver[] {
  const drivers = Object.entries(components).map(([name, options]) => driverOf(name, options, log));
  return [program, ...drivers].sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
}

function driverOf(name: string, options: ComponentOptions, log: Log): ComponentDriver {
  switch (options.kind) {
    case "frontend":
      return frontendDriver({ ...options, name });
    case "command":
      return commandDriver({ ...options, name });
    case "database":
      return databaseDriver({ ...options, name, log, open: () => openDatabase(options) });
    default:
      return unreachable(options);
  }
}

async function openDatabase(options: Extract<ComponentOptions, { kind: "database" }>): Promise<Database> {
  const address = await options.address();
  // Loaded where they are used: most installations have at most one of them.
  if (!/^postgres(?:ql)?:/.test(address)) return await (await import("./database/sqlite.ts")).openSqlite(address);
  const { openPostgres, postgresTools } = await import("./database/postgres.ts");
  const { restorePoint = postgresTools } = options;
  return await openPostgres(address, restorePoint ?? undefined);
}
