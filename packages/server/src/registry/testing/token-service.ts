import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { importPKCS8, SignJWT } from "jose";

/** Why there is no service for tokens here; undefined: there is one. */
export function noTokenService(): string | undefined {
  return existsSync("/usr/bin/openssl") ? undefined : "not installed: /usr/bin/openssl";
}

interface Account {
  readonly password: string;
  /** What it may do, by the beginning of the repository's name. */
  readonly may: Readonly<Record<string, readonly string[]>>;
}

/**
 * Gives tokens for a real registry, which checks their signature and what they are for.
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
export class TokenService {
  url = "";
  /** The certificate that the registry believes. */
  readonly certificate: string;
  /** Every header by which somebody showed who it is, and the scopes that were asked for. */
  readonly asked: { authorization: string | undefined; scopes: readonly string[] }[] = [];
  readonly #folder: string;
  readonly #accounts: Readonly<Record<string, Account>>;
  readonly #server = createServer(async (request, answer) => {
    const url = new URL(request.url ?? "/", this.url);
    const { authorization } = request.headers;
    const scopes = url.searchParams.getAll("scope");
    this.asked.push({ authorization, scopes });
    const [user = "", password] = Buffer.from((authorization ?? "").replace("Basic ", ""), "base64")
      .toString()
      .split(":");
    const account = this.#accounts[user];
    if (account === undefined || account.password !== password) {
      answer.writeHead(401).end("{}");
      return;
    }
    const access = scopes.flatMap((scope) => {
      const [type = "", name = "", actions = ""] = scope.split(":");
      const may = Object.entries(account.may).find(([begin]) => name.startsWith(begin))?.[1] ?? [];
      return [{ type, name, actions: actions.split(",").filter((action) => may.includes(action)) }];
    });
    const lines = readFileSync(this.certificate, "utf8").split("\n");
    const x5c = [lines.filter((line) => line !== "" && !line.startsWith("-")).join("")];
    const key = await importPKCS8(readFileSync(join(this.#folder, "key.pem"), "utf8"), "RS256");
    const token = await new SignJWT({ access })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", x5c })
      .setIssuer("tests")
      .setAudience("registry")
      .setSubject(user)
      .setIssuedAt()
      .setNotBefore("-1 minute")
      .setExpirationTime("5 minutes")
      .sign(key);
    answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token }));
  });

  constructor(folder: string, accounts: Readonly<Record<string, Account>>) {
    this.#folder = folder;
    this.#accounts = accounts;
    this.certificate = join(folder, "certificate.pem");
  }

  async start(): Promise<this> {
    await mkdir(this.#folder, { recursive: true });
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", join(this.#folder, "key.pem")];
    const made = ["req", "-x509", ...key, "-out", this.certificate, "-days", "2", "-subj", "/CN=tests"];
    execFileSync("openssl", made, { stdio: "ignore" });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** How a registry is told to believe it. */
  get auth(): string {
    return `token: { realm: "${this.url}", service: registry, issuer: tests, rootcertbundle: ${this.certificate} }`;
  }
}
