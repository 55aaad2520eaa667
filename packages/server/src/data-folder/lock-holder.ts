/** For `lock.test.ts`: a process that takes the data folder at argv[2], says `locked`, and keeps it until it is ended. */
import { writeSync } from "node:fs";
import { lockDataFolder } from "./lock.ts";

const lock = await lockDataFolder(process.argv[2] ?? "").catch((error: Error) => {
  writeSync(1, `refused: ${error.message}\n`);
  process.exit(1);
});
writeSync(1, "locked\n");
process.on("SIGTERM", () => lock.release().then(() => process.exit(0)));
setInterval(() => {}, 60_000);
