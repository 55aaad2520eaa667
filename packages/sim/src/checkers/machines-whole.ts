import { sha256Hex } from "@sluice/core/log/digest.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import type { Machine } from "../world/machine.ts";
import type { CheckerKind } from "./checker.ts";

/** What lies on the machines' disks, whatever their agents say: the current version is whole, and healthy where nothing is under way. */
export const machinesWhole: CheckerKind = {
  guards: "a client ends on a version that passes its health check or on the one it had: power can fail at any instant",
  create() {
    const before = new Map<string, { readonly version: string; readonly offersBefore: number }>();
    /** Machines whose disk was full since they were healthy last: what is to be taken back waits until it can be. */
    const hindered = new Set<string>();
    let offersBefore = 0;
    return (_, fleet, machines) => {
      const looked = offersBefore;
      offersBefore = fleet.offers.length;
      for (const machine of machines.all) {
        const { id, version } = machine;
        if (machine.disk.full) hindered.add(id);
        else if (version === undefined || machine.isHealthy(version)) hindered.delete(id);
        const wrong = notWhole(machine, hindered.has(id));
        if (wrong !== undefined) return `${id}: ${wrong}`;
        if (!machine.rests || version === undefined || hindered.has(id)) continue;
        const had = before.get(id);
        if (had !== undefined && compareVersions(version, had.version) < 0) {
          const offers = fleet.offers.slice(had.offersBefore).filter(({ client }) => client === id);
          const back = offers.findIndex((offer) => offer.back);
          // Between two looks it may have gone back further, and forward again.
          if (back < 0 || !offers.slice(back).some(({ to }) => to === version))
            return `${id} had ${had.version} and went back to ${version}, which nobody told it to`;
        }
        // An answer may have been on its way at the last look; and what a full disk keeps from being done, it does later.
        if (had?.version !== version) before.set(id, { version, offersBefore: looked });
        machine.endedOn.add(version);
      }
      return machines.lies[0];
    };
  },
};

function notWhole(machine: Machine, isHindered: boolean): string | undefined {
  const { disk, version, rests } = machine;
  const versions = disk.root.names.get("versions");
  const whole = (name: string) => {
    const folder = versions?.kind === "folder" ? versions.names.get(name) : undefined;
    const program = folder?.kind === "folder" ? folder.names.get("program") : undefined;
    // The content of a simulated release is its version.
    return program?.kind === "file" && sha256Hex(program.content.toString("utf8")) === sha256Hex(name);
  };
  if (versions?.kind === "folder")
    for (const name of versions.names.keys())
      if (!whole(name)) return `${name} is installed in part, or is something else`;
  if (version === undefined) return undefined;
  if (!whole(version)) return `its current version is ${version}, which is not there`;
  return rests && !isHindered && !machine.isHealthy(version)
    ? `it runs ${version}, which is not healthy, and its agent rests`
    : undefined;
}
