// After an installation: builds the console. Plain JavaScript, because it may run on a Node that cannot strip types.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vite = join(root, "node_modules", "vite", "bin", "vite.js");

if (existsSync(vite)) {
  const build = spawnSync(process.execPath, [vite, "build", "packages/console", "--logLevel", "warn"], {
    cwd: root,
    stdio: "inherit",
  });
  process.exitCode = build.status ?? 1;
} else {
  // An installation without the development packages: the server then says how to build the console.
  console.error("The console is not built: vite is not installed.");
}
