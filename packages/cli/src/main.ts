#!/usr/bin/env node
const major = Number.parseInt(process.versions.node, 10);
if (major < 26) {
  console.error(
    `sluice: needs Node.js 26 or later, but this is ${process.version}.\n` +
      "        The project brings its own: start it with `npx sluice …` or from an npm script.",
  );
  process.exit(1);
}

const [{ inProcess }, { run }] = await Promise.all([import("./process.ts"), import("./run.ts")]);
await inProcess(run);
