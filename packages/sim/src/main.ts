import { parseArgs } from "node:util";
import { runHistory } from "./history/run.ts";

/** `npm run sim -- --seeds N [--from S] [--trace]`: runs N simulated histories; exits 1 when one violates anything. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string", default: "1" },
      trace: { type: "boolean", default: false },
    },
  });
  const seeds = Number(values.seeds);
  const from = Number(values.from);
  if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from)) {
    console.error("usage: npm run sim -- --seeds N [--from S] [--trace]    N and S are whole numbers");
    return 2;
  }
  let days = 0;
  let faults = 0;
  let violations = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const history = await runHistory(seed, values.trace ? (line) => console.log(line) : undefined);
    days += history.days;
    faults += history.faults;
    if (history.violation !== undefined) {
      violations++;
      const { guards, what, day } = history.violation;
      console.error(
        `seed ${seed}, day ${day.toFixed(1)}: ${what}\n  violates: ${guards}\n  again: npm run sim -- --seeds 1 --from ${seed} --trace`,
      );
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${seed - from + 1} of ${seeds} histories`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(`${seeds} histories, ${Math.round(days)} simulated days, ${faults} faults, ${violations} violations`);
  return violations === 0 ? 0 : 1;
}

process.exitCode = await main();
