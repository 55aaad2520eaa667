import { filesOf } from "../found.ts";
import type { CheckKind } from "../life.ts";
import { openTransaction } from "../transaction.ts";

/** Once nothing is broken any more, the newest release is what runs, and nothing is left of what failed. */
export const comesToRest: CheckKind = {
  guards: "after the faults a client runs the newest release, and nothing lingers on its disk",
  create: ({ server, settings }) => ({
    rest({ root, current, versions, journal }) {
      const newest = server.releases.at(-1)?.version;
      const { open, installed } = openTransaction(journal);
      if (open !== undefined) return `${open.to} is ${open.phase}, and nobody goes on with it`;
      if (current !== newest || installed !== newest) return `${newest} is on offer, and ${current} is in use`;
      if (versions.size > settings.keepVersions)
        return `${[...versions.keys()].join(" ")} are kept, and ${settings.keepVersions} should be`;
      for (const name of ["staging", "downloads"]) {
        const left = filesOf(root.names.get(name)).size;
        if (left > 0) return `${left} files are left in ${name}`;
      }
      return undefined;
    },
  }),
};
