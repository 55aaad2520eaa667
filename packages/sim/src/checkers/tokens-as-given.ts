import { accessStream } from "@sluice/core/access/tokens.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Api } from "../api/api.ts";
import type { Attempt } from "../api/call.ts";
import type { CheckerKind } from "./checker.ts";

/** Nobody has more, or for longer, than they were given; and the secret that they were told is the one that counts. */
export const tokensAsGiven: CheckerKind = {
  guards: "a token is for what it was asked for, until then, and its name is used once, as the identity of a build is",
  create() {
    let seen = 0;
    const names = new Map<string, unknown>();
    /** Those whose holders have not heard of them yet. */
    let unheard: readonly string[] = [];
    let open: Attempt[] = [];
    let seenAttempts = 0;
    const exchanged = new Set<string>();
    return (world) => {
      const attempts = world.api?.attempts ?? [];
      open.push(...attempts.slice(seenAttempts).filter(({ call }) => call.ask.kind === "Exchange"));
      seenAttempts = attempts.length;
      for (const { call, answer } of open) {
        if (answer?.status !== 201) continue;
        if (exchanged.has(call.ask.subject)) return `${call.ask.subject} was exchanged twice`;
        exchanged.add(call.ask.subject);
      }
      open = open.filter(({ answer }) => answer === undefined);
      const log = world.log(accessStream);
      for (const event of log.slice(seen)) {
        if (event.type !== "TokenCreated") continue;
        const name = String(event.data.name);
        const wrong = names.has(name) ? "there was one of that name" : world.api && wrongIn(world.api, event);
        if (wrong !== undefined) return `event ${event.seq} of the server, token ${name}: ${wrong}`;
        names.set(name, event.data.sha256);
        unheard = [...unheard, name];
      }
      seen = log.length;
      const grants = world.api?.grants;
      const other = unheard.find((name) => isOther(grants?.get(name)?.secret, names.get(name)));
      unheard = unheard.filter((name) => grants?.has(name) !== true);
      return other && `the holder of token ${other} was told another secret`;
    };
  },
};

function isOther(secret: string | undefined, sha256: unknown): boolean {
  return secret !== undefined && sha256Hex(secret) !== sha256;
}

function wrongIn(api: Api, { data, seq }: SealedEvent): string | undefined {
  const { name, ofBuild, expiresAt } = data;
  const ends = expiresAt === undefined ? undefined : Date.parse(String(expiresAt));
  const limits = (from: Readonly<Record<string, unknown>>) =>
    JSON.stringify([from.role, from.apps, from.stages, from.groups]);
  const asked = api.attempts.filter(({ serverSeq, answer }) => serverSeq < seq && (answer?.serverSeq ?? seq) >= seq);
  const fits = asked.some(({ call: { ask }, now }) => {
    if (ofBuild === true) {
      const rule = ask.kind === "Exchange" ? api.identities.given.get(ask.subject) : undefined;
      return rule !== undefined && limits(rule) === limits(data) && ends !== undefined && ends <= now + rule.expires;
    }
    if (ask.kind !== "CreateToken" || ask.subject !== name) return false;
    const body = ask.body as Readonly<Record<string, unknown>>;
    return limits(body) === limits(data) && body.expiresAt === expiresAt;
  });
  return fits || name === "founder" ? undefined : `nobody asked for ${JSON.stringify(data)}`;
}
