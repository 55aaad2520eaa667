import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Layout } from "../disk/layout.ts";
import { livingProcesses, readRun } from "../program/run-file.ts";

/** The files that the supervised program has open to write in, by absolute path: they are its own, whoever brought them. */
export async function filesBeingWritten(layout: Layout): Promise<ReadonlySet<string>> {
  const runs = [await readRun(layout), await readRun({ ...layout, run: layout.runBeside })];
  const paths = new Set<string>();
  for (const run of runs) {
    for (const pid of run === undefined ? [] : livingProcesses(run)) for (const path of writtenBy(pid)) paths.add(path);
  }
  return paths;
}

/** proc_pid_fd(5) and proc_pid_fdinfo(5); none where the process has ended or may not be looked at. */
function writtenBy(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
      return (Number.parseInt(flags, 8) & 0o3) === 0 ? [] : [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    });
  } catch {
    return [];
  }
}
