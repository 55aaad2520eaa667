import { openUpdater } from "../updater.ts";
import { worldOptions } from "./world.ts";

/** Updates in a process of its own, whose files may not become large: to the updater that is a full disk. Prints the result. */
const updater = await openUpdater(worldOptions(JSON.parse(process.argv[2] ?? "")));
process.stdout.write(JSON.stringify(await updater.update()));
process.exit(0);
