/** For tests: a server on the data folder at argv[2], with the commands at argv[3], which says where it is, and is killed. */
import { createLogger } from "./logger.ts";
import { startServer } from "./server.ts";

const { url, adminToken } = await startServer({
  dataDir: process.argv[2] ?? "",
  port: 0,
  ...(process.argv[3] === undefined ? {} : { commandsDir: process.argv[3] }),
  logger: createLogger({ level: "error" }),
});
process.send?.({ url, adminToken });
// Whatever becomes of the test, nothing of it is left running.
process.on("disconnect", () => process.exit());
