// Runs every test: `npm test [-- FILTER …]`. Installs the Debian packages that some tests need where that is possible.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDebianPackages } from "./debian-packages.ts";

const inCi = process.env.CI === "true";

const [major] = process.versions.node.split(".").map(Number);
if (major === undefined || major < 26) {
  console.error(
    `The tests need Node 26, but this is ${process.version}. Run \`npm ci\` (with install scripts), then \`npm test\`.`,
  );
  process.exit(1);
}

installDebianPackages();

const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
const report = join(folder, "report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const vitest = join(import.meta.dirname, "..", "node_modules", "vitest", "vitest.mjs");
const run = spawnSync(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], { stdio: "inherit" });

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}
let counts: Report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
try {
  counts = JSON.parse(readFileSync(report, "utf8"));
} catch {
  console.error("The test runner wrote no report; what it printed above says why.");
}
rmSync(folder, { recursive: true, force: true });

const skipped = counts.numPendingTests;
if (inCi && skipped > 0) console.error(`${skipped} tests were skipped. In CI every test must run.`);
console.log(
  `${counts.numPassedTests} passed, ${counts.numFailedTests} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
);
process.exitCode = run.status === 0 && counts.numPassedTests > 0 && !(inCi && skipped > 0) ? 0 : 1;
