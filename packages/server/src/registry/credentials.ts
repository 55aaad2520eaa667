/** What a registry is told of who asks. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Instead of a password: an identity token, as some registries give to `docker login`. */
  readonly identityToken?: string;
}

/** Finds the credentials for a registry; undefined: it is asked without. Rejects with a message for people. */
export type FindCredentials = (host: string, signal: AbortSignal) => Promise<Credentials | undefined>;
