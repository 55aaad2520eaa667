import { quiet } from "../clock/virtual-clock.ts";
import type { MachineDisk } from "../disk/machine-disk.ts";
import { mount, unmount } from "../disk/mount.ts";
import { ProcessDisk } from "../disk/process-disk.ts";
import { losses } from "../disk/tree.ts";
import type { Random } from "../fleet/random.ts";

/** How a life of a server's process ended, and what it failed of when it ended by itself. */
export type Ending =
  | { readonly by: "itself" | "a kill" | "power" }
  | { readonly by: "a failure"; readonly error: unknown };

/** It ends at the change of the disk after so many; or just after the new name after so many, which is not synced yet. */
export interface End {
  readonly changes: number;
  readonly afterNewName: boolean;
  /** It is killed, and the power stays on. */
  readonly killed?: boolean;
}

let lives = 0;

/**
 * Lets a server's process live on a disk until it has done its work, or until it is killed, or loses power, at one of its changes of the disk.
 * @param ends when; undefined: not at all
 * @param work what it does in its folder; it never goes on after its end
 */
export async function live(
  disk: MachineDisk,
  random: Random,
  ends: End | undefined,
  work: (folder: string) => Promise<void>,
): Promise<Ending> {
  const name = `server-files-${lives++}`;
  let left = ends?.changes ?? 0;
  let ending: Ending | undefined;
  const mortal = (isNewName: boolean) => {
    if (ends === undefined || (ends.afterNewName && !isNewName) || left-- > 0) return "lives";
    ending = { by: ends.killed !== true && random.chance(0.5) ? "power" : "a kill" };
    return !ends.afterNewName && random.chance(0.5) ? "dies before" : "dies after";
  };
  const own = new ProcessDisk(disk, () => ending === undefined, mortal);
  const { folder } = mount(name, { disk: own, send: () => new Promise(() => {}), isHealthy: () => true });
  work(folder).then(
    () => {
      ending ??= { by: "itself" };
    },
    (error: unknown) => {
      ending ??= { by: "a failure", error };
    },
  );
  while (ending === undefined) await quiet();
  unmount(name);
  if (ending.by === "power") disk.cutPower(losses[random.below(losses.length)] ?? "all", random.chance(0.5));
  return ending;
}
