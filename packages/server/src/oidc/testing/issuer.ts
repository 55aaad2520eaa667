import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";

/** An issuer of identities of the tests' own, with real keys, as OpenID Connect Discovery 1.0 has it. */
export class TestIssuer {
  url = "";
  /** What its discovery document says that it is; absent: what it is. */
  claims: string | undefined;
  /** How often its keys were asked for. */
  asked = 0;
  down = false;
  /** Its keys cannot be had, where its discovery document can. */
  keysDown = false;
  #keys: { kid: string; privateKey: CryptoKey; publicKey: CryptoKey }[] = [];
  readonly #server = createServer(async (request, answer) => {
    if (this.down || (this.keysDown && request.url === "/keys")) {
      answer.writeHead(503).end();
      return;
    }
    const say = (body: object) =>
      answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url !== "/keys") {
      say({ issuer: this.claims ?? this.url, jwks_uri: `${this.url}/keys` });
      return;
    }
    this.asked++;
    const keys = this.#keys.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, alg: "RS256" }));
    say({ keys: await Promise.all(keys) });
  });

  async start(): Promise<this> {
    await this.rotate();
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Signs with another key from now on; the ones before are no longer published. */
  async rotate(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair("RS256");
    this.#keys = [{ kid: `key-${Math.floor(performance.now() * 1_000)}`, privateKey, publicKey }];
  }

  /** An identity of five minutes. @param more claims beside, or instead of, the usual ones */
  async identity(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error("it was not started");
    const now = Math.floor(Date.now() / 1_000);
    const usual = { iss: this.url, aud: "https://sluice.example.com", iat: now, nbf: now, exp: now + 300 };
    return new SignJWT({ ...usual, sub: "repo:acme/shop:ref:refs/heads/main", jti: `${Math.random()}`, ...more })
      .setProtectedHeader({ alg: "RS256", kid: key.kid })
      .sign(key.privateKey);
  }
}
