import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Clock } from "../clock/clock.ts";
import type { OidcConfig, OidcIssuer, OidcRule } from "./config.ts";
import { keysOf } from "./keys.ts";

/** Largest identity token, in characters. */
const tokenLengthMax = 16_384;
/** How old an identity may be, and how far clocks may be apart, in s. */
const ageMax = 3_600;
const clockTolerance = 30;
/** By which identities may be signed: asymmetric ones, so that whoever can check them cannot make them. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Who sent an identity token, and what it is worth. */
interface Identity {
  readonly rule: OidcRule;
  /** The claim `sub`: `repo:acme/shop:ref:refs/heads/main`. */
  readonly subject: string;
}

/** What is wrong with an identity token itself; everything else that goes wrong is the issuer's, or the network's. */
const faultsOfToken: readonly (abstract new (...args: never) => errors.JOSEError)[] = [
  ...[errors.JWTExpired, errors.JWTClaimValidationFailed, errors.JWTInvalid],
  ...[errors.JWSInvalid, errors.JWSSignatureVerificationFailed],
  ...[errors.JOSEAlgNotAllowed, errors.JOSENotSupported],
  ...[errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys],
];

/** Why an identity token is not taken. `asked`: false where the issuer could not be asked, so that it may be taken later. */
export class IdentityRefused extends Error {
  readonly asked: boolean;
  constructor(message: string, asked = true) {
    super(message);
    this.name = "IdentityRefused";
    this.asked = asked;
  }
}

/** Verifies the identity tokens of builds: who made them, for whom, when, and what the rules give for their claims. */
export class Identities {
  readonly #config: OidcConfig;
  readonly #clock: Clock;
  readonly #keys = new Map<string, Promise<JWTVerifyGetKey>>();

  constructor(config: OidcConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** @throws IdentityRefused, whose message may be told to whoever sent it */
  async verify(token: string): Promise<Identity> {
    const issuers = this.#issuersOf(token);
    const [first] = issuers;
    if (first === undefined) throw new IdentityRefused("its issuer is not one that this server takes identities from");
    const payload = await this.#payload(token, first.issuer, issuers);
    const rules = issuers
      .filter(({ audience }) => [payload.aud].flat().includes(audience))
      .flatMap((each) => each.rules);
    const rule = rules.find(({ when }) => fits(payload, when));
    if (rule === undefined) throw new IdentityRefused(`no rule of this server fits ${String(payload.sub)}`);
    return { rule, subject: String(payload.sub) };
  }

  #issuersOf(token: string): OidcIssuer[] {
    if (token.length > tokenLengthMax) throw new IdentityRefused("it is too long to be an identity token");
    try {
      const { iss } = decodeJwt(token);
      return this.#config.issuers.filter(({ issuer }) => issuer === iss);
    } catch {
      throw new IdentityRefused("it is no identity token (a JWT)");
    }
  }

  async #payload(token: string, issuer: string, issuers: readonly OidcIssuer[]): Promise<JWTPayload> {
    const keys = await this.#keysOf(issuer);
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: issuers.map(({ audience }) => audience),
        algorithms,
        maxTokenAge: ageMax,
        clockTolerance,
        requiredClaims: ["sub", "iat", "exp"],
        currentDate: new Date(this.#clock.now()),
      });
      return payload;
    } catch (error) {
      if (faultsOfToken.some((fault) => error instanceof fault)) throw new IdentityRefused(whyRefused(error));
      // They may have moved: the issuer is asked anew where they are.
      this.#keys.delete(issuer);
      throw new IdentityRefused(`the keys of ${issuer} cannot be had: ${(error as Error).message}`, false);
    }
  }

  #keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    let keys = this.#keys.get(issuer);
    if (keys === undefined) {
      keys = keysOf(issuer);
      this.#keys.set(issuer, keys);
      keys.catch(() => this.#keys.delete(issuer));
    }
    return keys.catch((error: Error) => {
      throw new IdentityRefused(`${issuer} cannot be asked: ${error.message}`, false);
    });
  }
}

function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim ${error.claim} is not as it should be`;
  return "it is not signed by a key of its issuer";
}

function fits(payload: JWTPayload, when: OidcRule["when"]): boolean {
  return Object.entries(when).every(([claim, pattern]) => {
    const value = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
    return ["string", "number", "boolean"].includes(typeof value) && matches(String(value), pattern);
  });
}

/** Whether a text has the form of a pattern in which * stands for any characters. Its time grows with the length of both alone. */
function matches(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
