import { readdir } from "node:fs/promises";

/** What a benchmark came to: rows for people, and figures under the names that the contract fixes. */
interface Outcome {
  readonly rows: readonly Record<string, unknown>[];
  readonly figures: Readonly<Record<string, number>>;
}

/** What every file beside this one exports. */
interface Bench {
  readonly name: string;
  readonly about: string;
  run(args: string[]): Promise<Outcome>;
}

const usage = `usage: npm run bench -- NAME [its own options] [--json]
       npm run bench -- --list`;

async function names(): Promise<string[]> {
  const files = await readdir(import.meta.dirname);
  return files.flatMap((file) => (/^[a-z-]+\.ts$/.test(file) && file !== "main.ts" ? [file.slice(0, -3)] : [])).sort();
}

async function load(name: string): Promise<Bench> {
  const { bench } = (await import(`./${name}.ts`)) as { readonly bench: Bench };
  return bench;
}

function print({ rows, figures }: Outcome): void {
  console.table(rows);
  const width = Math.max(0, ...Object.keys(figures).map((key) => key.length));
  for (const [key, figure] of Object.entries(figures)) console.log(`${key.padEnd(width)}  ${figure}`);
}

/** @returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  const rest = args.filter((arg) => arg !== "--json");
  const known = await names();
  if (rest.includes("--list")) {
    const benches = await Promise.all(known.map(load));
    const list = benches.map(({ name, about }) => ({ name, about }));
    if (json) console.log(JSON.stringify(list));
    else for (const { name, about } of list) console.log(`${name.padEnd(12)} ${about}`);
    return 0;
  }
  const [name, ...own] = rest;
  if (name === undefined || !known.includes(name)) {
    console.error(
      name === undefined ? usage : `There is no benchmark "${name}". There are: ${known.join(", ")}.\n${usage}`,
    );
    return 2;
  }
  const bench = await load(name);
  const outcome = await bench.run(own);
  if (json) console.log(JSON.stringify({ name, rows: outcome.rows, figures: outcome.figures }));
  else print(outcome);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // What was wrong with the options, or with the run: a sentence, not a trace.
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
