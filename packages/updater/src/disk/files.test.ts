import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("..", import.meta.url));
/** What a power failure may take back without harm, what the kernel keeps, and what opens files only to read them. */
const elsewhere = ["disk/files.ts", "disk/pieces.ts", "disk/lock.ts", "program/launch.ts", "agent/control.ts"];
const changing =
  /\b(writeFile|appendFile|mkdir|rename|rm|rmdir|unlink|symlink|link|copyFile|chmod|truncate|createWriteStream|open)(Sync)?\b/;

test("nothing but disk/files changes the disk, so that a fault injector sees all of it", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !/(?:^testing|\/contract\.ts$)/.test(path))
    .filter((path) => !elsewhere.includes(path));
  const offenders = files.filter((path) =>
    [...readFileSync(`${source}${path}`, "utf8").matchAll(/import \{([^}]*)\} from "node:fs(?:\/promises)?"/g)].some(
      ([, names = ""]) => changing.test(names),
    ),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(offenders).toEqual([]);
});
