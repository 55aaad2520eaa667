// `npm run check:types`: compiles every package, and the tests, without writing anything.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const projects = [...readdirSync(join(root, "packages")).map((name) => join("packages", name)), "."];
const failed = projects.filter((project) => {
  const { status } = spawnSync(join(root, "node_modules", ".bin", "tsc"), ["-p", project], {
    cwd: root,
    stdio: "inherit",
  });
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`Types do not hold in: ${failed.join(", ")}`);
  process.exitCode = 1;
} else {
  console.log(`Types hold in ${projects.length} projects.`);
}
