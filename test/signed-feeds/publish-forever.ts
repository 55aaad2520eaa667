import { systemClock } from "@sluice/server/clock/clock.ts";
import { openApp, targetsOf } from "./fixture-data.ts";

/** Publishes version after version until it is killed; writes each one's number once it is in force. */
const [data = "", first = "0"] = process.argv.slice(2);
const repository = await openApp(data, "myapp", systemClock);
for (let n = Number(first); ; n++) {
  await repository.publish(targetsOf([`1.0.${n}`]));
  process.stdout.write(`${n}\n`);
}
