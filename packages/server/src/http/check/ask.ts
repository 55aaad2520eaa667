import { platformSchema } from "@sluice/core/release/manifest.ts";
import { isVersion } from "@sluice/core/release/version.ts";

/** What an update check says in its headers. */
export interface Ask {
  readonly app: string;
  readonly channel: string;
  /** Absent: the client does not say who it is, and gets only what everybody gets. */
  readonly clientId: string | undefined;
  readonly version: string | undefined;
  readonly platform: string | undefined;
  /** The `X-Attribute-*` headers in the order they came: name in lower case, value, name, value. */
  readonly attributes: readonly string[];
  readonly ifNoneMatch: string | undefined;
}

/** Which header is wrong, and what is expected of it. */
export interface InvalidAsk {
  readonly invalid: true;
  readonly header: string;
  readonly message: string;
}

/** Longest value of any `X-` header that is read, in characters. */
const valueMax = 256;
const nameMax = 128;
const attributesMax = 32;
export const attributePrefix = "x-attribute-";
const none: readonly string[] = [];

export const clientIdPattern = /^[A-Za-z0-9._:@-]{1,128}$/;

/**
 * Reads the headers of an update check in one pass over Node's raw list (name, value, name, value), without making the
 * header object that most requests do not need.
 */
export function readAsk(rawHeaders: readonly string[]): Ask | InvalidAsk {
  let app: string | undefined;
  let channel: string | undefined;
  let clientId: string | undefined;
  let version: string | undefined;
  let platform: string | undefined;
  let ifNoneMatch: string | undefined;
  let attributes: string[] | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    // 120 is `x`, 105 is `i`; the bit 32 makes a letter small.
    const first = rawName.charCodeAt(0) | 32;
    if (first === 105) {
      if (rawName.length === 13 && rawName.toLowerCase() === "if-none-match") ifNoneMatch = value;
      continue;
    }
    if (first !== 120) continue;
    const name = rawName.toLowerCase();
    let before: string | undefined;
    switch (name) {
      case "x-app":
        before = app;
        app = value;
        break;
      case "x-channel":
        before = channel;
        channel = value;
        break;
      case "x-client-id":
        before = clientId;
        clientId = value;
        break;
      case "x-current-version":
        before = version;
        version = value;
        break;
      case "x-platform":
        before = platform;
        platform = value;
        break;
      default:
        if (!name.startsWith(attributePrefix)) continue;
        attributes ??= [];
        attributes.push(name.slice(attributePrefix.length), value);
        if (attributes.length > 2 * attributesMax)
          return invalid("X-Attribute-*", `at most ${attributesMax} attributes are read`);
    }
    if (before !== undefined) return invalid(rawName, "must be given once");
    if (value.length > valueMax) return invalid(rawName, `must not be longer than ${valueMax} characters`);
  }
  if (app === undefined || app === "" || app.length > nameMax) return invalid("X-App", "must name an application");
  if (channel === undefined || channel === "" || channel.length > nameMax)
    return invalid("X-Channel", "must name a channel");
  if (clientId !== undefined && !clientIdPattern.test(clientId))
    return invalid("X-Client-Id", "must be 1 to 128 letters, digits, or any of . _ : @ -");
  return { app, channel, clientId, version, platform, attributes: attributes ?? none, ifNoneMatch };
}

/** Checks what need not be looked at again when the same was asked before. */
export function checkAsk({ version, platform, attributes }: Ask): InvalidAsk | undefined {
  if (version !== undefined && !isVersion(version))
    return invalid("X-Current-Version", "must be a SemVer 2.0.0 version such as 2.4.1 (without a leading v)");
  if (platform !== undefined && !platformSchema.safeParse(platform).success)
    return invalid("X-Platform", "must be OS-ARCH, for example linux-x64");
  const names = attributes.filter((_, i) => i % 2 === 0);
  const wrong = names.find((name) => !/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name));
  if (wrong !== undefined)
    return invalid(`X-Attribute-${wrong}`, "its name must be 1 to 63 letters, digits, dashes or underscores");
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? undefined : invalid(`X-Attribute-${twice}`, "must be given once");
}

function invalid(header: string, message: string): InvalidAsk {
  return { invalid: true, header, message };
}
