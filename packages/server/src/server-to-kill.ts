/**
 * For tests: a server on the data folder at argv[2], with the commands at argv[3] and the repositories, which may be pushed to, at
 * argv[4], where there are any. It says where it is, and is killed.
 */
import { createLogger } from "./logger.ts";
import { startServer } from "./server.ts";

const [, , dataDir = "", commandsDir, repositoriesDir] = process.argv;
const { url, adminToken } = await startServer({
  dataDir,
  port: 0,
  ...(commandsDir === undefined || commandsDir === "" ? {} : { commandsDir }),
  ...(repositoriesDir === undefined ? {} : { repositoriesDir, pushTo: ["."] }),
  logger: createLogger({ level: "error" }),
});
process.send?.({ url, adminToken });
// Whatever becomes of the test, nothing of it is left running.
process.on("disconnect", () => process.exit());
