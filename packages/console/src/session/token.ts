import { takeToken } from "./fragment.ts";

const key = "sluice.token";

/** The token of this tab: from the address's fragment, which loses it, or from the tab's storage. Undefined: it must be asked for. */
export function startingToken(): string | undefined {
  const { token, rest } = takeToken(location.hash);
  if (token !== undefined) {
    keepToken(token);
    history.replaceState(null, "", `${location.pathname}${location.search}${rest === "" ? "" : `#${rest}`}`);
  }
  return token ?? sessionStorage.getItem(key) ?? undefined;
}

/** Keeps a token until the tab is closed. */
export function keepToken(token: string): void {
  sessionStorage.setItem(key, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(key);
}
