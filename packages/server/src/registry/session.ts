import type { Clock } from "../clock/clock.ts";
import { parseChallenge } from "./challenge.ts";
import type { Credentials, FindCredentials } from "./credentials.ts";
import { type Answer, type Ask, bytesOf, drop, exchange } from "./exchange.ts";
import { RegistryFailure } from "./failure.ts";

/** How often one request is tried. */
const attemptsMax = 5;
const firstPauseMs = 250;
/** Longest time that a registry may ask to be left alone before the whole is tried again later, in ms. */
const longestPauseMs = 30_000;
const tokenBytesMax = 1_000_000;

interface SessionOptions {
  readonly host: string;
  readonly findCredentials: FindCredentials;
  readonly clock: Clock;
}

export type Request = Omit<Ask, "url"> & {
  /** Where, from the registry's root; or a whole address that the registry named itself. */
  readonly path: string | URL;
  /** What the request is allowed to touch: `repository:shop/frontend:pull,push`. */
  readonly scopes: readonly string[];
};

/**
 * Asks one registry: finds its way through authentication, waits where it is told to, and tries again what may pass. What comes
 * back is an answer that says something; refusals are RegistryFailures.
 */
export class RegistrySession {
  readonly host: string;
  readonly #origin: URL;
  readonly #options: SessionOptions;
  readonly #authorizations = new Map<string, Promise<string | undefined>>();
  #credentials: Promise<Credentials | undefined> | undefined;

  constructor(options: SessionOptions) {
    this.host = options.host;
    this.#options = options;
    this.#origin = new URL(`${isHere(options.host) ? "http" : "https"}://${options.host}/`);
  }

  /** Tries again what may pass. A request whose body is a stream is not repeated: whoever gave it knows where to go on. */
  async ask(request: Request): Promise<Answer> {
    const repeatable = request.body === undefined || Buffer.isBuffer(request.body);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(request);
      } catch (error) {
        if (!(error instanceof RegistryFailure) || !error.retryable || request.signal.aborted) throw error;
        if (!repeatable || attempt === attemptsMax) throw error;
        await this.pause(attempt, request.signal, error);
      }
    }
  }

  /** Waits before another try: longer each time, and as long as the registry asked for. Rejects with the failure where that is too long. */
  async pause(attempt: number, signal: AbortSignal, failure: RegistryFailure): Promise<void> {
    if (failure.pauseMs > longestPauseMs) throw failure;
    const ms = Math.min(longestPauseMs, Math.max(failure.pauseMs, firstPauseMs * 2 ** (attempt - 1)));
    const { clock } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        cancel();
        reject(new RegistryFailure("it was stopped", { retryable: true }));
      };
      const cancel = clock.wakeAt(clock.now() + ms, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  async #once(request: Request): Promise<Answer> {
    const url = typeof request.path === "string" ? new URL(request.path, this.#origin) : request.path;
    const key = request.scopes.join(" ");
    const own = url.origin === this.#origin.origin;
    const send = async () => {
      const authorization = own ? await this.#authorizations.get(key) : undefined;
      const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
      return exchange({ method: request.method, url, headers, signal: request.signal, ...bodyOf(request) });
    };
    let answer = await send();
    if (answer.status === 401 && own) {
      await drop(answer);
      const authorization = this.#authorize(answer, request.scopes, request.signal);
      this.#authorizations.set(key, authorization);
      authorization.catch(() => this.#authorizations.delete(key));
      await authorization;
      // A stream is spent: whoever gave it begins anew, and then has the token.
      if (request.body !== undefined && !Buffer.isBuffer(request.body))
        throw new RegistryFailure(`${url.host} wanted to know anew who asks`, { retryable: true, status: 401 });
      answer = await send();
    }
    if (answer.status < 400 || answer.status === 404 || answer.status === 416) return answer;
    const failure = await refusal(answer, this.#options.clock);
    if (!own || (answer.status !== 401 && answer.status !== 403)) throw failure;
    const who = askedAs(await this.#credentials?.catch(() => undefined));
    throw new RegistryFailure(`${failure.message}. ${who}`, { retryable: false, status: answer.status });
  }

  /** Gets what a registry wants to see. Rejects where it refuses whoever asks. */
  async #authorize(answer: Answer, scopes: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    const challenge = parseChallenge(answer.headers["www-authenticate"]);
    this.#credentials ??= this.#options.findCredentials(this.host, signal);
    const credentials = await this.#credentials.catch((error: unknown) => {
      this.#credentials = undefined;
      throw new RegistryFailure(`no credentials for ${this.host}: ${(error as Error).message}`, { retryable: false });
    });
    if (challenge === undefined)
      throw new RegistryFailure(`${this.host} asks for an authentication that Sluice does not know`, {
        retryable: false,
        status: 401,
      });
    const basic =
      credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
    if (challenge.scheme === "basic") {
      if (basic === undefined) throw unknownUser(this.host, credentials);
      return basic;
    }
    const realm = new URL(challenge.realm, this.#origin);
    if (realm.protocol !== "https:" && this.#origin.protocol === "https:")
      throw new RegistryFailure(`${this.host} wants the credentials sent to ${realm.host} in the clear`, {
        retryable: false,
      });
    return `Bearer ${await this.#token(realm, challenge.service, scopes, { basic, credentials, signal })}`;
  }

  /** @see https://distribution.github.io/distribution/spec/auth/token/ */
  async #token(
    realm: URL,
    service: string | undefined,
    scopes: readonly string[],
    who: { basic: string | undefined; credentials: Credentials | undefined; signal: AbortSignal },
  ): Promise<string> {
    const { basic, credentials, signal } = who;
    const identity = credentials?.identityToken;
    const form = new URLSearchParams(service === undefined ? {} : { service });
    for (const scope of scopes) form.append("scope", scope);
    let ask: Ask;
    if (identity === undefined) {
      for (const [name, value] of form) realm.searchParams.append(name, value);
      ask = {
        method: "GET",
        url: realm,
        signal,
        ...(basic === undefined ? {} : { headers: { authorization: basic } }),
      };
    } else {
      form.set("grant_type", "refresh_token");
      form.set("refresh_token", identity);
      form.set("client_id", "sluice");
      const body = Buffer.from(form.toString());
      const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": body.length };
      ask = { method: "POST", url: realm, headers, body, signal };
    }
    const answer = await exchange(ask);
    if (answer.status === 401 || answer.status === 403) {
      await drop(answer);
      throw unknownUser(this.host, credentials);
    }
    if (answer.status !== 200) throw await refusal(answer, this.#options.clock);
    const { token, access_token } = JSON.parse((await bytesOf(answer, tokenBytesMax)).toString("utf8"));
    const given: unknown = token ?? access_token;
    if (typeof given !== "string" || given === "")
      throw new RegistryFailure(`${realm.host} gave no token for ${this.host}`, { retryable: true });
    return given;
  }
}

function bodyOf({ body }: Request): Pick<Ask, "body"> {
  return body === undefined ? {} : { body };
}

/** Docker's own rule: what runs on this machine is asked in the clear, everything else is not. */
function isHere(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
}

function unknownUser(host: string, credentials: Credentials | undefined): RegistryFailure {
  const who = credentials === undefined ? "there are no credentials for it" : `it refused user ${credentials.username}`;
  const message = `${host} wants to know who asks, and ${who}. ${askedAs(credentials)}`;
  return new RegistryFailure(message, { retryable: false, status: 401 });
}

/** Who asked, and what to do where that is refused. */
function askedAs(credentials: Credentials | undefined): string {
  return credentials === undefined
    ? "It was asked without credentials: name them in the pipeline, or run docker login as whoever runs this"
    : `It was asked as ${credentials.username}: check the password, and what that user may do there`;
}

async function refusal(answer: Answer, clock: Clock): Promise<RegistryFailure> {
  const text = (await bytesOf(answer, 100_000).catch(() => Buffer.alloc(0))).toString("utf8");
  const said = saidBy(text);
  const { status, url } = answer;
  const message = `${url.host} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 429 || status === 503)
    return new RegistryFailure(message, { retryable: true, status, pauseMs: retryAfterMs(answer, clock) });
  // What a registry does not know how to do it will not know later either.
  const passing = status === 408 || (status >= 500 && status !== 501);
  return new RegistryFailure(message, { retryable: passing, status });
}

/** @see OCI distribution specification 1.1, "Error codes" */
function saidBy(text: string): string {
  try {
    const [first] = (JSON.parse(text) as { errors: { code?: string; message?: string }[] }).errors;
    return [first?.code, first?.message].filter(Boolean).join(", ").slice(0, 200);
  } catch {
    return "";
  }
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfterMs({ headers }: Answer, clock: Clock): number {
  const value = headers["retry-after"];
  if (value === undefined) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - clock.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
