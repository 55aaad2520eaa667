import type { Role } from "@sluice/core/access/roles.ts";
import type { ApiAnswer } from "./app.ts";
import type { Ask } from "./ask.ts";

/** A token as it was asked for, with its secret: who holds it may do so much. */
export interface Grant {
  readonly name: string;
  readonly role: Role;
  /** Absent: every application. */
  readonly apps?: readonly string[];
  /** Absent: every stage. */
  readonly stages?: readonly string[];
  readonly groups?: readonly string[];
  /** By the servers' clocks, in ms since the epoch. */
  readonly expiresAt?: number;
  readonly secret: string;
}

/** A request as it arrived at a server: one of several where its sender heard nothing, or the network doubled it. */
export interface Attempt {
  readonly call: Call;
  /** How many events the application's log and the server's had when it arrived. */
  readonly seq: number;
  readonly serverSeq: number;
  /** Of how many events of the application the server that it arrived at had heard: others may have stored more. */
  readonly heard: number;
  /** The time of that server. */
  readonly now: number;
  /** Whether whom it arrived at still lives, and may answer. */
  readonly isOpen: () => boolean;
  /** What the server answered, whoever heard it, and how many events there were then; absent: nothing yet, and maybe never. */
  answer?: ApiAnswer & { readonly seq: number; readonly serverSeq: number };
}

/** What one person asks for once, however often it is sent. */
export interface Call {
  /** Stands in the reason that is given, where one is. */
  readonly mark: string;
  /** Absent: it comes without a token, or with one that was never given. */
  readonly grant: Grant | undefined;
  readonly ask: Ask;
  readonly attempts: Attempt[];
}

/** The code of a problem that was answered; empty where it was done. */
export function codeOf({ status, text }: ApiAnswer): string {
  return status < 300 ? "" : String((JSON.parse(text) as { code?: unknown }).code);
}
