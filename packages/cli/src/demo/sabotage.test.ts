import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sabotage } from "./sabotage.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-sabotage-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("makes a program that differs in a few bytes and dies when it is run", () => {
  // This very runtime: a large ELF executable that is certainly there and certainly runs.
  const original = readFileSync(process.execPath);
  const broken = sabotage(original);
  expect(broken.length).toBe(original.length);
  let differing = 0;
  for (let i = 0; i < original.length; i++) if (original[i] !== broken[i]) differing++;
  expect(differing).toBeGreaterThan(0);
  expect(differing).toBeLessThanOrEqual(8);

  const path = join(folder, "program");
  writeFileSync(path, broken);
  chmodSync(path, 0o755);
  expect(spawnSync(process.execPath, ["--version"]).status).toBe(0);
  expect(spawnSync(path, ["--version"]).signal).toMatch(/^SIG(ILL|SEGV|BUS)$/);
});

it("refuses what is no such program", () => {
  expect(() => sabotage(Buffer.from("#!/bin/sh\n"))).toThrow(/not a 64-bit ELF/);
});
