import { networkOf } from "../client-address.ts";

/** How many clients of one address may be let in before any of them has reported, and how many more for each that has. */
const atFirst = 2;
const forEachReport = 3;
/** Addresses kept of one rollout; those beyond are taken for one. */
const addressesMax = 100_000;

interface Account {
  readonly letIn: Set<string>;
  readonly reported: Set<string>;
}

interface Rollout {
  readonly promotion: string;
  readonly accounts: Map<string, Account>;
}

/** Who asks, for what: the stage by application and channel, its promotion, the address and the client's id. */
export interface Newcomer {
  readonly app: string;
  readonly channel: string;
  readonly promotion: string;
  /** Undefined: nobody knows any more where it asked from. */
  readonly address: string | undefined;
  readonly clientId: string;
}

/**
 * Update checks are public, so whoever reaches them can make up clients that take the places of a rollout and are never heard of again. Reports need a token: so
 * each address begins with two clients, and its reports earn it more. A fleet behind one address grows as its ration does; who makes up clients gets no
 * further than two. Kept in this node's memory alone: what a restart forgets are two more made-up clients for each address.
 */
export class Newcomers {
  readonly #rollouts = new Map<string, Rollout>();
  /** How often somebody was passed over so far. */
  passedOver = 0;

  /** Whether a client that asks may be let in, as far as its address goes. If so it counts as let in. */
  enter(newcomer: Newcomer): boolean {
    const { letIn, reported } = this.#account(newcomer);
    if (letIn.has(newcomer.clientId)) return true;
    if (letIn.size >= atFirst + forEachReport * reported.size) {
      this.passedOver++;
      return false;
    }
    letIn.add(newcomer.clientId);
    return true;
  }

  /** A client that might have been let in was not. */
  leave(newcomer: Newcomer): void {
    this.#account(newcomer).letIn.delete(newcomer.clientId);
  }

  /** A client has said, with a token, how it went. */
  reported(newcomer: Newcomer): void {
    this.#account(newcomer).reported.add(newcomer.clientId);
  }

  /** Nobody is let in to a stage any more. */
  forget(app: string, channel: string): void {
    this.#rollouts.delete(stageKey(app, channel));
  }

  #account({ app, channel, promotion, address }: Newcomer): Account {
    const key = stageKey(app, channel);
    let rollout = this.#rollouts.get(key);
    if (rollout?.promotion !== promotion) {
      rollout = { promotion, accounts: new Map() };
      this.#rollouts.set(key, rollout);
    }
    const { accounts } = rollout;
    const network = address === undefined ? "" : networkOf(address);
    const kept = accounts.has(network) || accounts.size < addressesMax ? network : "";
    const account = accounts.get(kept) ?? { letIn: new Set(), reported: new Set() };
    accounts.set(kept, account);
    return account;
  }
}

function stageKey(app: string, channel: string): string {
  return `${app}\n${channel}`;
}
