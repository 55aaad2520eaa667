/** What the address names after `#`: which application is shown, and which "why" is open. */
export interface Place {
  readonly app?: string;
  readonly why?: { readonly version: string; readonly stage: string };
}

/** Reads an address's fragment. What it does not understand it leaves out. */
export function readPlace(fragment: string): Place {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const [app, version, stage] = ["app", "version", "stage"].map((name) => parameters.get(name));
  return { ...(app ? { app } : {}), ...(version && stage ? { why: { version, stage } } : {}) };
}

/** The fragment of a place, without `#`; the other way round from `readPlace`. */
export function writePlace({ app, why }: Place): string {
  return new URLSearchParams({ ...(app === undefined ? {} : { app }), ...why }).toString();
}

/**
 * Takes the token out of a fragment, so that it stays neither in the address bar nor in the history.
 * @returns the token, if there was one, and the fragment without it
 */
export function takeToken(fragment: string): { readonly token?: string; readonly rest: string } {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const token = parameters.get("token")?.trim();
  parameters.delete("token");
  return { ...(token ? { token } : {}), rest: parameters.toString() };
}
