import { readFile } from "node:fs/promises";
import { rejectionCodes } from "@sluice/core/errors/codes.ts";
import { expect, test } from "vitest";
import { type ProblemCode, problemTable } from "./problem-table.ts";

const documented = await readFile(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
const rows = [...documented.matchAll(/^\| `([A-Z_]+)` \| (.+?) \| (\d{3}) \| (\d) \| (.+?) \|$/gm)].map(
  ([, code = "", meaning = "", status = "", exit = ""]) => ({ code, meaning, status, exit }),
);

/** The exit code of the command line follows from the status. */
function exitCode(status: number): number {
  if ([400, 413, 422, 431].includes(status)) return 2;
  if (status === 401 || status === 403) return 3;
  if (status === 404) return 4;
  return status === 409 ? 5 : 1;
}

test("the documentation has every code that there is, once, and no other", () => {
  expect(rows.map((row) => row.code).sort()).toEqual(Object.keys(problemTable).sort());
});

test("every rejection of the core is in the table", () => {
  expect(Object.keys(problemTable)).toEqual(expect.arrayContaining(Object.keys(rejectionCodes)));
});

test.each(rows)("the documentation of $code says what the table says", ({ code, meaning, status, exit }) => {
  const row = problemTable[code as ProblemCode];
  expect({ meaning, status: Number(status), exit: Number(exit) }).toEqual({
    meaning: row.title,
    status: row.status,
    exit: exitCode(row.status),
  });
});

test("every status is an error's", () => {
  for (const { status } of Object.values(problemTable)) expect(status).toSatisfy((s: number) => s >= 400 && s < 600);
});
