// Builds the client's side of Sluice: `npm run build:agent [-- --out FOLDER]`.
// `sluice.cjs` is all of it as one file of JavaScript for Node 26; `sluice` is one executable file, with this Node in it.
import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { build } from "vite";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

/** Older ones would fail at the first import, with a trace. */
const demandNode = `if (Number.parseInt(process.versions.node, 10) < 26) {
  console.error("sluice: needs Node.js 26 or later, but this is " + process.version + ".");
  process.exit(1);
}`;

/** Puts everything into one script. CommonJS, because it starts faster and Node's code cache takes it. */
async function bundle(folder: string): Promise<string> {
  const entryFileNames = "sluice.cjs";
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    ssr: { noExternal: true, target: "node" },
    build: {
      ssr: "packages/cli/src/client-main.ts",
      outDir: folder,
      emptyOutDir: false,
      minify: true,
      target: "node26",
      rolldownOptions: {
        external: ["pg-native"],
        output: { format: "cjs", entryFileNames, codeSplitting: false, banner: demandNode },
      },
    },
  });
  return join(folder, entryFileNames);
}

/** https://nodejs.org/api/single-executable-applications.html */
async function executable(folder: string, main: string): Promise<string> {
  const output = join(folder, "sluice");
  const config = join(folder, "sea.json");
  // What the collector may let pile up decides what an agent takes: half as much memory for a tenth more processor time.
  const execArgv = ["--optimize-for-size"];
  await writeFile(
    config,
    JSON.stringify({ main, output, disableExperimentalSEAWarning: true, useCodeCache: true, execArgv }),
  );
  await run(process.execPath, [...execArgv, "--build-sea", config]);
  await rm(config);
  return output;
}

/** Median time that `agent status` takes on an empty installation, ms. */
async function startMs(command: readonly [string, ...string[]]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-start-"));
  try {
    const config = join(folder, "agent.yaml");
    await writeFile(config, "app: myapp\nserver: http://127.0.0.1/\nroot: root.json\nfolder: install\n");
    const [file, ...args] = command;
    const times = Array.from({ length: 7 }, () => {
      const begun = performance.now();
      const { status } = spawnSync(file, [...args, "agent", "status", "--config", config], { stdio: "ignore" });
      if (status !== 0) throw new Error(`${command.join(" ")} does not start`);
      return performance.now() - begun;
    });
    return Math.round(times.sort((a, b) => a - b)[3] ?? Number.NaN);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function say(path: string, command: readonly [string, ...string[]]): Promise<void> {
  const megabytes = ((await stat(path)).size / 1e6).toFixed(1);
  console.log(`${path}  ${megabytes} MB, \`agent status\` takes ${await startMs(command)} ms`);
}

const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist", "agent") } } });
const folder = resolve(values.out);
await mkdir(folder, { recursive: true });
const script = await bundle(folder);
const file = await executable(folder, script);
await say(script, [process.execPath, script]);
await say(file, [file]);
