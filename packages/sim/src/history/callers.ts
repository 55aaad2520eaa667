import { type Role, roles } from "@sluice/core/access/roles.ts";
import { accessStream } from "@sluice/core/access/tokens.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Manifest } from "@sluice/core/release/manifest.ts";
import { Api, revocation, tokenAsk } from "../api/api.ts";
import type { ApiAnswer } from "../api/app.ts";
import { type Ask, askOf } from "../api/ask.ts";
import type { Grant } from "../api/call.ts";
import { mayAsk } from "../chronicle/rights.ts";
import { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import type { Shape } from "./draw.ts";
import { approvers, groupsOf, publisher } from "./people.ts";
import { drawDeed } from "./person.ts";

const hour = 3_600_000;
/** Who has the most to do. */
const busy = ["operator", "operator", "approver", "publisher"] as const;
/** Who has the first token, as the one that a server makes on an empty disk. */
const founder = "founder";

/** How much goes on at the routes in a history, drawn apart from everything else. */
interface Bustle {
  /** In an hour: somebody with a token does something, may they or not. */
  readonly deed: number;
  /** How many do at most, in an hour. */
  readonly most: number;
  /** In an hour: somebody is given a token, or loses one. */
  readonly token: number;
  readonly api: Api;
}

/** Draws whether people use the routes in this history, and how the network between is; undefined where they do not. @param often whether it is about that */
function drawBustle(world: World, seed: number, often: boolean): Bustle | undefined {
  const random = new Random(seed, 70);
  if (random.chance(0.4) && !often) return undefined;
  const sometimes = (most: number) => (random.chance(0.4) ? 0 : random.fraction() * most);
  const weather = {
    requestLost: sometimes(0.3),
    answerLost: sometimes(0.3),
    doubled: sometimes(0.2),
    share: random.fraction(),
  };
  const api = new Api({ world, random: new Random(seed, 72), secrets: new Random(seed, 73), weather });
  const [deed, token] = [0.03 + random.fraction() * 0.25, 0.02 + random.fraction() * 0.1];
  return often ? { deed: 0.7 + deed, most: 8, token: 0.15 + token, api } : { deed, most: 1, token, api };
}

/** People and programs that have tokens of all kinds, for a while, and try what comes to their minds. */
export class Callers {
  readonly #world: World;
  readonly #bustle: Bustle | undefined;
  readonly #random: Random;
  #made = 0;

  /** Opens the routes of the world, where people use them. */
  constructor(world: World, seed: number, { hasPeople, focus }: Pick<Shape, "hasPeople" | "focus">) {
    this.#world = world;
    this.#bustle = hasPeople ? drawBustle(world, seed, focus === "tokens") : undefined;
    this.#random = new Random(seed, 71);
    world.api = this.#bustle?.api;
  }

  get #api(): Api {
    if (this.#bustle === undefined) throw new Error("nobody uses the routes");
    return this.#bustle.api;
  }

  /** What they do in an hour. */
  work(): void {
    if (this.#bustle === undefined) return;
    const { deed, most, token } = this.#bustle;
    const state = this.#state();
    if (state === undefined || !this.#hasBegun()) return;
    if (this.#random.chance(token)) this.#changeTokens(state);
    for (let time = 0; time < most; time++) if (this.#random.chance(deed)) this.#doSomething(state);
  }

  #doSomething(state: AppState): void {
    const api = this.#api;
    const grant = this.#anybody();
    const ask = this.#drawAskOf(grant, state);
    if (ask === undefined) return;
    void api.send(grant, ask);
    // In the midst of it they lose the right to it.
    if (grant !== undefined && this.#mayGo(grant) && this.#random.chance(0.1))
      void api.send(this.#admin(), revocation(grant.name));
  }

  /** The first token is made without one, as a server does on an empty disk; with it, those of whoever is to stay. */
  #hasBegun(): boolean {
    const { grants } = this.#api;
    if (grants.has(founder)) return true;
    const secret = "sluice_the_first";
    if (this.#world.log(accessStream).some(({ data }) => data.name === founder)) {
      grants.set(founder, { name: founder, role: "admin", secret });
      this.#grant({ name: publisher, role: "admin" });
      for (const name of approvers) this.#grant({ name, role: "approver", ...groups(groupsOf(name)) });
      return true;
    }
    const command = { type: "CreateToken", name: founder, role: "admin", sha256: sha256Hex(secret) } as const;
    const [server] = this.#world.servers();
    // A disk that fails now is tried again in an hour.
    void server?.plane.executeAccess(command, "sluice").catch((error: unknown) => this.#world.failed("", error));
    return false;
  }

  #state(): AppState | undefined {
    return this.#world.servers()[0]?.plane.state(this.#world.app);
  }

  #changeTokens(state: AppState): void {
    const api = this.#api;
    const leaving = this.#pick([...api.grants.values()].filter((grant) => this.#mayGo(grant)));
    if (leaving !== undefined && this.#random.chance(0.4)) {
      void api.send(this.#admin(), revocation(leaving.name));
      return;
    }
    if (this.#random.chance(0.35)) {
      this.#exchange(state);
      return;
    }
    const role = this.#pick(this.#random.chance(0.5) ? roles : busy) ?? "viewer";
    const expires = { expiresAt: this.#world.clock.now() + Math.ceil((0.2 + this.#random.fraction() * 40) * hour) };
    this.#made++;
    this.#grant({
      name: `${role}-${this.#made}`,
      role,
      ...(this.#random.chance(0.5) ? { stages: this.#someStages(state) } : {}),
      ...groups(this.#random.chance(0.3) ? ["leads"] : []),
      ...(this.#random.chance(0.4) ? expires : {}),
    });
  }

  /** An admin makes a token, whose holder has it when the answer comes. */
  #grant(token: { readonly name: string; readonly role: Role; readonly expiresAt?: number }): void {
    const api = this.#api;
    void api.send(this.#admin(), tokenAsk(token)).then((answer) => {
      const secret = told(answer, "token");
      if (secret !== undefined) api.grants.set(token.name, { ...token, secret });
    });
  }

  /** A build exchanges the identity that its CI gave it. */
  #exchange(state: AppState): void {
    const api = this.#api;
    const rule = {
      when: { sub: "*" },
      role: this.#pick(["viewer", "publisher", "operator"] as const) ?? "viewer",
      apps: [this.#random.chance(0.7) ? this.#world.app : "another"],
      stages: this.#random.chance(0.5) ? this.#someStages(state) : undefined,
      expires: hour / 4 + this.#random.below(hour / 2),
    };
    const token = api.identities.give(rule);
    const ask: Ask = { kind: "Exchange", subject: token, method: "POST", path: "/api/v1/identity", body: { token } };
    const isTriedAgain = this.#random.chance(0.3);
    void api.send(undefined, ask).then((answer) => {
      if (isTriedAgain) void api.send(undefined, ask);
      const [name, secret, expiresAt] = [told(answer, "name"), told(answer, "token"), told(answer, "expiresAt")];
      if (name === undefined || secret === undefined || expiresAt === undefined) return;
      const { role, apps, stages } = rule;
      const limits = { apps, ...(stages === undefined ? {} : { stages }) };
      const grant: Grant = { name, role, ...limits, secret, expiresAt: Date.parse(expiresAt) };
      api.grants.set(name, grant);
      // A build does at once what it came for.
      const next = this.#drawAsk(this.#state() ?? state);
      if (next !== undefined) void api.send(grant, next);
    });
  }

  #someStages(state: AppState): string[] {
    const names = stageNames(state);
    const some = names.filter(() => this.#random.chance(0.4));
    return some.length > 0 ? some : names.slice(0, 1);
  }

  /** Whoever has a token, had one, or never had. Those who are needed to the end are let alone here. */
  #anybody(): Grant | undefined {
    if (this.#random.chance(0.05)) return undefined;
    return this.#pick([...this.#api.grants.values()].filter((grant) => this.#mayGo(grant)).slice(-6));
  }

  #mayGo({ name }: Grant): boolean {
    return name !== founder && name !== publisher && !approvers.includes(name);
  }

  /** Mostly somebody who may. */
  #admin(): Grant | undefined {
    const { grants } = this.#api;
    return this.#random.chance(0.8) ? grants.get(founder) : this.#pick([...grants.values()].slice(-6));
  }

  /** Mostly something that their role is for; of whose token is for some stages, something that changes them, or others. */
  #drawAskOf(grant: Grant | undefined, state: AppState): Ask | undefined {
    let ask = this.#drawAsk(state);
    for (let time = 0; time < 6 && grant !== undefined; time++) {
      if (ask !== undefined && mayAsk(grant.role, ask.kind) && (grant.stages === undefined || ask.method !== "GET"))
        break;
      ask = this.#drawAsk(state);
    }
    return ask;
  }

  #drawAsk(state: AppState): Ask | undefined {
    const api = this.#api;
    const world = this.#world;
    const draw = this.#random.below(10);
    if (draw < 2) return this.#drawRead(state);
    if (draw === 2) return this.#drawPublication(state);
    const deed = drawDeed({ state: () => state, clock: world.clock }, this.#random);
    const ask = deed && askOf(world.app, deed.command, api.nextMark());
    if (ask === undefined || typeof ask.body !== "object" || draw > 4) return ask;
    // More than they are asked for: who they are, and what they may.
    const [leads, ann] = [{ groups: ["leads"] }, { actor: "ann" }];
    const claims = [leads, leads, ann, ann, { by: "ann" }, { policies: true }, { role: "admin" }];
    return { ...ask, body: { ...ask.body, ...this.#pick(claims) }, forged: true };
  }

  #drawRead(state: AppState): Ask {
    const root = `/api/v1/apps/${this.#world.app}`;
    const version = this.#pick([...state.releases.keys()].slice(-5)) ?? "1.0.0";
    const stage = this.#pick(stageNames(state)) ?? "dev";
    const events = `${root}/events?after=${this.#random.below(state.seq + 1)}`;
    const paths = [
      ...[`${root}/status`, `${root}/history`, `${root}/why/${version}/${stage}`, `${root}/releases?limit=500`],
      ...[`${root}/issues`, `${root}/releases/${version}`, `${root}/pipeline`, events],
      ...["/api/v1/tokens", "/api/v1/server/events?limit=1000", "/api/v1/apps"],
    ];
    const path = this.#pick(paths) ?? "/api/v1/apps";
    const kind = path.startsWith("/api/v1/tokens") || path.startsWith("/api/v1/server") ? "ReadTokens" : "Read";
    return { kind, subject: path, method: "GET", path };
  }

  /** A release that was published before, as it was or with other bytes; or one whose content nobody has uploaded. */
  #drawPublication(state: AppState): Ask {
    const known = this.#pick([...state.releases.values()].slice(-3))?.manifest;
    const strange = sha256Hex(`strange ${this.#random.below(1_000)}`);
    const components: Manifest["components"] = [{ name: "program", kind: "file", sha256: strange, size: 3 }];
    const draw = this.#random.below(4);
    const manifest: Manifest =
      known !== undefined && draw === 0
        ? known
        : known !== undefined && draw === 1
          ? { ...known, notes: "something else" }
          : { app: draw === 2 ? "another" : this.#world.app, version: `3.${this.#random.below(9)}.0`, components };
    const { version } = manifest;
    const path = `/api/v1/apps/${this.#world.app}/releases`;
    return { kind: "PublishRelease", subject: version, method: "POST", path, body: manifest };
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#random.below(Math.max(1, items.length))];
  }
}

function groups(names: readonly string[]): { readonly groups?: readonly string[] } {
  return names.length === 0 ? {} : { groups: names };
}

/** A word of an answer that says that something was made. */
function told(answer: ApiAnswer | undefined, name: string): string | undefined {
  if (answer?.status !== 201) return undefined;
  const value = (JSON.parse(answer.text) as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : undefined;
}

function stageNames(state: AppState): string[] {
  return (state.pipeline?.pipeline.stages ?? []).map(({ name }) => name);
}
