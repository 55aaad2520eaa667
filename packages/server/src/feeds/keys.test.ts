import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { Metadata, Root } from "@tufjs/models";
import { expect, onTestFinished, test } from "vitest";
import { openRoleKeys, roles } from "./keys.ts";
import { makeRoot } from "./metadata.ts";

async function keyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-keys-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "keys");
}

test("four keys are made, which nobody else may read, and found again", async () => {
  const folder = await keyFolder();
  const made = await openRoleKeys({ folder, app: "myapp" });
  expect((await readdir(join(folder, "myapp"))).sort()).toEqual(roles.map((role) => `${role}.pem`).sort());
  for (const path of [folder, join(folder, "myapp")]) expect((await stat(path)).mode & 0o777).toBe(0o700);
  for (const role of roles) expect((await stat(join(folder, "myapp", `${role}.pem`))).mode & 0o777).toBe(0o600);

  const found = await openRoleKeys({ folder, app: "myapp" });
  const ids = roles.map((role) => found[role].key.keyID);
  expect(ids).toEqual(roles.map((role) => made[role].key.keyID));
  expect(new Set(ids).size).toBe(4);
});

test("another application has other keys", async () => {
  const folder = await keyFolder();
  const one = await openRoleKeys({ folder, app: "one" });
  const two = await openRoleKeys({ folder, app: "two" });
  for (const role of roles) expect(one[role].key.keyID).not.toBe(two[role].key.keyID);
});

test("what a key signs, its public half verifies", async () => {
  const keys = await openRoleKeys({ folder: await keyFolder(), app: "myapp" });
  const { metadata } = makeRoot(1, keys, 0);
  keys.root.key.verifySignature(metadata);
  expect(() => keys.targets.key.verifySignature(metadata)).toThrow();
  const changed = new Root({ ...metadata.signed, version: 2 });
  expect(() => keys.root.key.verifySignature(new Metadata(changed, metadata.signatures))).toThrow();
});

test.each([
  ["root.pem", 0o644, "chmod 600"],
  ["timestamp.pem", 0o640, "chmod 600"],
  ["", 0o755, "chmod 700"],
])("%j with mode %o is refused with the command that mends it", async (name, mode, mend) => {
  const folder = await keyFolder();
  await openRoleKeys({ folder, app: "myapp" });
  const path = join(folder, "myapp", name);
  await chmod(path, mode);
  const failure = openRoleKeys({ folder, app: "myapp" });
  await expect(failure).rejects.toThrow(OperationalError);
  await expect(failure).rejects.toMatchObject({ code: "SIGNING_FAILED", retryable: false });
  await expect(failure).rejects.toThrow(mend);
});

test("a damaged key, or one of another kind, is refused and kept", async () => {
  const folder = await keyFolder();
  await openRoleKeys({ folder, app: "myapp" });
  const path = join(folder, "myapp", "root.pem");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  for (const content of ["", "-----BEGIN", privateKey.export({ type: "pkcs8", format: "pem" }).toString()]) {
    await writeFile(path, content);
    await expect(openRoleKeys({ folder, app: "myapp" })).rejects.toMatchObject({
      code: "SIGNING_FAILED",
      retryable: false,
    });
    expect(await readFile(path, "utf8")).toBe(content);
  }
});

test("a name that leads out of the folder is refused", async () => {
  await expect(openRoleKeys({ folder: await keyFolder(), app: "../elsewhere" })).rejects.toThrow();
});
