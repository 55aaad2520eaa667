import { join } from "node:path";

/** Where everything lies in an installation's folder. */
export interface Layout {
  readonly folder: string;
  /** One folder a version, whole or absent. */
  readonly versions: string;
  /** Symbolic link to the version in use. */
  readonly current: string;
  /** Where a version is put together before it is renamed into `versions`. */
  readonly staging: string;
  /** Downloads under way, by digest. */
  readonly downloads: string;
  /** What a transaction keeps to be able to go back: a folder for it, and in that one for each component. */
  readonly backups: string;
  readonly journal: string;
  readonly outbox: string;
  readonly holds: string;
  /** In what installed versions were changed by hand. */
  readonly alterations: string;
  /** What stood where something was put back. */
  readonly found: string;
  /** What people said of the updates on offer. */
  readonly choices: string;
  /** Ids of the notifications that were sent on. */
  readonly told: string;
  /** What the status page wants to see of who acts by it. */
  readonly localToken: string;
  readonly clientId: string;
  /** What the supervised program runs as. */
  readonly run: string;
  /** The same of the version that runs beside it during a change. */
  readonly runBeside: string;
  readonly programLog: string;
  readonly lock: string;
  readonly lockHolder: string;
  /** What the agent last knew, for `agent status`. */
  readonly status: string;
  /** Unix socket on which a running agent takes requests. */
  readonly socket: string;
  /** Signed metadata, kept by the verifier. */
  readonly trusted: string;
}

export function layoutOf(folder: string): Layout {
  return {
    folder,
    versions: join(folder, "versions"),
    current: join(folder, "current"),
    staging: join(folder, "staging"),
    downloads: join(folder, "downloads"),
    backups: join(folder, "backups"),
    journal: join(folder, "journal.jsonl"),
    outbox: join(folder, "outbox"),
    holds: join(folder, "holds.json"),
    alterations: join(folder, "alterations.json"),
    found: join(folder, "found"),
    choices: join(folder, "choices.json"),
    told: join(folder, "told.json"),
    localToken: join(folder, "local.token"),
    clientId: join(folder, "client-id"),
    run: join(folder, "run.json"),
    runBeside: join(folder, "run-beside.json"),
    programLog: join(folder, "program.log"),
    lock: join(folder, "agent.lock.db"),
    lockHolder: join(folder, "agent.lock.json"),
    status: join(folder, "status.json"),
    socket: join(folder, "agent.sock"),
    trusted: join(folder, "trusted"),
  };
}
