import type { Layout } from "../disk/layout.ts";
import { UpdaterError } from "../errors.ts";
import type { JournalState } from "../transaction/records.ts";
import { isInstalled } from "./install.ts";

/**
 * Where a rollback by hand leads: to the version before the current one, while that is still here.
 * @throws UpdaterError NOTHING_TO_ROLL_BACK
 */
export async function rollbackTarget(
  layout: Layout,
  installed: JournalState["installed"],
): Promise<{ version: string; previous: string }> {
  const { version, previous } = installed;
  if (version === undefined)
    throw new UpdaterError("NOTHING_TO_ROLL_BACK", `Nothing is installed in ${layout.folder} yet`);
  if (previous === undefined || !(await isInstalled(layout, previous)))
    throw new UpdaterError(
      "NOTHING_TO_ROLL_BACK",
      `There is no version before ${version} in ${layout.versions}: ask whoever publishes for a rollback of the channel`,
    );
  return { version, previous };
}
