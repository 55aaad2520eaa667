import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { makeFolder, writeDurably } from "../feeds/durable-file.ts";

const idPattern = /^[a-z0-9-]{1,64}$/;

/**
 * The secrets of hooks, one file each: `folder/APP/ID`, mode 0600. A signature with a shared secret can only be checked by whoever
 * has it, so it cannot be kept as a digest; it is kept as the signing keys are, and never stands in the log.
 */
export class HookSecrets {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async save(app: string, id: string, secret: string): Promise<void> {
    await makeFolder(join(this.#folder, nameSchema.parse(app)), 0o700);
    await writeDurably(this.#path(app, id), secret, 0o600);
  }

  /** @returns undefined when this server does not have it. @throws OperationalError HOOK_SECRET_EXPOSED when others may read it */
  async read(app: string, id: string): Promise<string | undefined> {
    const path = this.#path(app, id);
    try {
      if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0)
        throw new OperationalError(
          "HOOK_SECRET_EXPOSED",
          `Other users can read the secret of hook ${id} of ${app}. Make another with: sluice hook create, and remove this one.`,
          { retryable: false },
        );
      return await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async remove(app: string, id: string): Promise<void> {
    await rm(this.#path(app, id), { force: true });
  }

  #path(app: string, id: string): string {
    if (!idPattern.test(id)) throw new Error(`"${id}" is no id of a hook`);
    return join(this.#folder, nameSchema.parse(app), id);
  }
}
