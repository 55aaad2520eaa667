import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { writeDurably } from "../feeds/durable-file.ts";
import { secretDigest } from "../http/auth.ts";
import { newSecret } from "./secret.ts";

/** Who the log names for the first token. */
const firstActor = "sluice";

/**
 * Makes the token `admin` where no token was ever made, and keeps its secret in `DIR/admin.token`, mode 0600. The file comes
 * first: after a crash between the two the next start makes another, and nobody is locked out.
 * @returns the secret, the only time that it is told; undefined when there were tokens before.
 */
export async function firstToken(plane: ControlPlane, dataDir: string): Promise<string | undefined> {
  if (plane.access().seq > 0) return undefined;
  const secret = newSecret(randomBytes);
  const path = join(dataDir, "admin.token");
  await writeDurably(path, `${secret}\n`, 0o600);
  const command = { type: "CreateToken", name: "admin", role: "admin", sha256: secretDigest(secret) } as const;
  const outcome = await plane.executeAccess(command, firstActor);
  if (!isRejection(outcome)) return secret;
  // Another node on the same database was first; what stands in this file opens nothing.
  await rm(path, { force: true });
  return undefined;
}
