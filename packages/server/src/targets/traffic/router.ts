/** A server among which a router shares its traffic, as the router has it. */
export interface RouterServer {
  readonly name: string;
  /** `127.0.0.1:8080` */
  readonly address: string;
  readonly weight: number;
  /** Whether it takes part as far as the router says: its checks pass and nobody has taken it out. */
  readonly takesPart: boolean;
}

/** What shares traffic by the weights of servers. Every call rejects with a TargetFailure. */
export interface Router {
  /** For people: `HAProxy's backend shop`. */
  readonly name: string;
  readonly weightMax: number;
  /** The servers as the router has them at this moment, also those without traffic. */
  servers(signal: AbortSignal): Promise<RouterServer[]>;
  /** Sets the weights of all servers in one go: no request comes between two of them. */
  setWeights(weights: ReadonlyMap<string, number>, signal: AbortSignal): Promise<void>;
}
