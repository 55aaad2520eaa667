import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { Key, Signature } from "@tufjs/models";
import { makeFolder, syncFolder, writeDurably } from "./durable-file.ts";
import { feedFailure, unusable } from "./failure.ts";

/** The four top-level roles of TUF 1.0 clause 2.1. */
export const roles = ["root", "targets", "snapshot", "timestamp"] as const;

export type Role = (typeof roles)[number];

/** A role's key: the public half as it stands in the root, and the deed that needs the private half. */
export interface RoleKey {
  readonly key: Key;
  sign(data: Buffer): Signature;
}

export type RoleKeys = Readonly<Record<Role, RoleKey>>;

/**
 * Reads an application's four ed25519 role keys from `folder/APP/ROLE.pem`, making those that are not there. Every application has
 * its own, so that what is signed for one is never accepted by clients of another.
 * @param folder the folder of all keys, `DIR/keys`
 * @throws OperationalError SIGNING_FAILED (not retryable) when a key is not what it should be or others may read it.
 */
export async function openRoleKeys(options: { readonly folder: string; readonly app: string }): Promise<RoleKeys> {
  const folder = join(options.folder, nameSchema.parse(options.app));
  try {
    await makeFolder(folder, 0o700);
    await refuseOthers(folder, 0o700);
    const [root, targets, snapshot, timestamp] = await Promise.all(roles.map((role) => openKey(folder, role)));
    // Whoever made a key may have been killed before its name was on disk; nothing is signed with one that a power failure can take away.
    await syncFolder(folder);
    if (root && targets && snapshot && timestamp) return { root, targets, snapshot, timestamp };
  } catch (error) {
    throw feedFailure(options.app, error);
  }
  throw new Error("a role has no key");
}

async function openKey(folder: string, role: Role): Promise<RoleKey> {
  const path = join(folder, `${role}.pem`);
  const pem = (await readSecret(path)) ?? (await makeSecret(path));
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch (error) {
    throw unusable(`${path} is not a private key in PEM form. Put the original file back from a backup`, error);
  }
  if (secret.asymmetricKeyType !== "ed25519")
    throw unusable(`${path} is not an ed25519 key. Put the original file back from a backup`);
  return roleKey(secret);
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    await refuseOthers(path, 0o600);
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function makeSecret(path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await writeDurably(path, pem, 0o600);
  return pem;
}

async function refuseOthers(path: string, mode: number): Promise<void> {
  // Windows has no such bits; there the data folder's own permissions protect it.
  if (process.platform === "win32") return;
  const found = (await stat(path)).mode & 0o777;
  if ((found & 0o077) === 0) return;
  throw unusable(
    `${path} has mode ${found.toString(8).padStart(4, "0")}: other users can get at a signing key. ` +
      `Run: chmod ${mode.toString(8)} ${path}, and replace the application's keys if somebody may have read them`,
  );
}

function roleKey(secret: KeyObject): RoleKey {
  const point = createPublicKey(secret).export({ format: "jwk" }).x;
  if (point === undefined) throw new Error("an ed25519 key has a public point");
  const parts = {
    keyType: "ed25519",
    scheme: "ed25519",
    keyVal: { public: Buffer.from(point, "base64url").toString("hex") },
  };
  // TUF 1.0 clause 4.2: a key's id is the SHA-256 of its canonical form. For this ASCII content RFC 8785 gives the same bytes.
  const keyID = sha256Hex(canonicalJson({ keytype: parts.keyType, scheme: parts.scheme, keyval: parts.keyVal }));
  return {
    key: new Key({ keyID, ...parts }),
    sign: (data) => new Signature({ keyID, sig: sign(null, data, secret).toString("hex") }),
  };
}
