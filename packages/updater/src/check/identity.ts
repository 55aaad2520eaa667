/** What a client says of itself with every request. */
export interface Identity {
  readonly app: string;
  readonly clientId: string;
  readonly channel: string;
  readonly platform: string;
  /** Lower-case name → value, printable ASCII. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The request headers of an identity. `version` is what is installed; absent: nothing is. */
export function identityHeaders(identity: Identity, version: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {
    "x-app": identity.app,
    "x-client-id": identity.clientId,
    "x-channel": identity.channel,
    "x-platform": identity.platform,
  };
  if (version !== undefined) headers["x-current-version"] = version;
  for (const [name, value] of Object.entries(identity.attributes)) headers[`x-attribute-${name}`] = value;
  return headers;
}
