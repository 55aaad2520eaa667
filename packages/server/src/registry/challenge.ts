/** What a registry wants to see before it answers. */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service: string | undefined };

/** Reads a `WWW-Authenticate` header (RFC 9110, section 11.6.1) for what registries use. @returns undefined for anything else */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined;
  if (/^basic\b/i.test(header)) return { scheme: "basic" };
  if (!/^bearer\s/i.test(header)) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of header.matchAll(/([a-z_]+)=(?:"([^"]*)"|([^\s,]+))/gi))
    parameters.set((name ?? "").toLowerCase(), quoted ?? plain ?? "");
  const realm = parameters.get("realm");
  return realm === undefined ? undefined : { scheme: "bearer", realm, service: parameters.get("service") };
}
