/** A place for images: a registry and a repository in it. */
export interface Repository {
  /** `registry.example`, `127.0.0.1:5000` */
  readonly host: string;
  /** `shop/frontend` */
  readonly name: string;
}

const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/**
 * Reads `registry.example/shop/frontend`. The registry must be named: there is no default one.
 * @see OCI distribution specification 1.1, "Pulling manifests"
 * @returns undefined for what is no repository
 */
export function parseRepository(text: string): Repository | undefined {
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(0, slash));
  const name = text.slice(slash + 1);
  if (!isHost(host) || !namePattern.test(name) || name.length > 255) return undefined;
  return { host, name };
}

/** A registry's name as Docker tells it from a part of a repository: it has a dot or a port, or is `localhost`. */
function isHost(host: string): boolean {
  if (!/^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/.test(host)) return false;
  return host === "localhost" || /[.:]/.test(host);
}
