import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { MachineDisk } from "../disk/machine-disk.ts";
import type { Found, JournalLine } from "./found.ts";
import type { LifeServer } from "./server.ts";

/** What one machine is told once and for all. */
export interface Settings {
  readonly pollMs: number;
  /** Whether the server has the signed files alone, and answers no checks. */
  readonly filesOnly: boolean;
  /** Whether an unhealthy version is taken back. */
  readonly takesBack: boolean;
  readonly keepVersions: number;
  readonly inspects: boolean;
}

/** One machine, what looks after it, and what it is connected with. */
export interface Life {
  readonly settings: Settings;
  readonly clock: VirtualClock;
  readonly disk: MachineDisk;
  readonly server: LifeServer;
  /** Versions that were asked for their health and found well since the last turn of the transaction. */
  readonly well: Set<string>;
}

/** What looks at a life. Each answers what is violated, if anything. */
export interface Check {
  /** A process begins, or lines that could not be written wholly are taken back: what is found counts. */
  readonly begins?: (found: Found) => void;
  /** At an instant: on what would be found if the process ended now, or the power failed. */
  readonly instant?: (found: Found) => string | undefined;
  /** A line was added to the journal. @param safe what would be found if the power failed now, and all that was not synced were lost */
  readonly line?: (line: JournalLine, safe: () => Found) => string | undefined;
  /** After the faults have ended, and the machine had time. */
  readonly rest?: (found: Found) => string | undefined;
}

export interface CheckKind {
  readonly guards: string;
  readonly create: (life: Life) => Check;
}
