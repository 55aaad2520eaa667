import { randomBytes } from "node:crypto";

/** Makes a token's secret: 256 random bits. The prefix lets scanners find one that was committed by mistake. */
export function newSecret(): string {
  return `sluice_${randomBytes(32).toString("base64url")}`;
}
