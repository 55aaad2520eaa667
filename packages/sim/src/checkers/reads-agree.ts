import { accessStream } from "@sluice/core/access/tokens.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Attempt } from "../api/call.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

/** An answer of which nothing is known but that it is JSON. */
type Shown = Readonly<Record<string, unknown>>;

/** What people are shown is what the log says by then, read without the production fold. */
export const readsAgree: CheckerKind = {
  guards: "what the server shows people agrees with the log",
  create() {
    const told = new Chronicle();
    let open: Attempt[] = [];
    let seen = 0;
    return (world) => {
      const attempts = world.api?.attempts ?? [];
      open.push(...attempts.slice(seen).filter(({ call }) => call.ask.method === "GET"));
      seen = attempts.length;
      const answered = open.filter(({ answer }) => answer !== undefined);
      if (answered.length === 0) return undefined;
      open = open.filter(({ answer }) => answer === undefined);
      for (const { call, answer, seq, heard } of answered) {
        // What came between, or was not heard of yet, may be shown or not; and what is read by now is not read again.
        if (answer?.status !== 200 || answer.seq !== seq || heard !== seq || seq < told.seq) continue;
        told.readTo(world, seq);
        const { path } = call.ask;
        const wrong = wrongIn(world, told, path, JSON.parse(answer.text) as Shown, answer.serverSeq);
        if (wrong !== undefined) return `${path} after event ${seq} ${call.mark}: ${wrong}`;
      }
      return undefined;
    };
  },
};

function wrongIn(world: World, told: Chronicle, path: string, shown: Shown, serverSeq: number): string | undefined {
  const app = `/api/v1/apps/${world.app}/`;
  const what = path.startsWith(app) ? (path.slice(app.length).split(/[/?]/)[0] ?? "") : path.split("?")[0];
  switch (what) {
    case "status":
      return wrongStatus(told, shown);
    case "history":
      return wrongHistory(told, shown);
    case "releases":
      return "manifest" in shown ? wrongRelease(told, shown) : wrongReleases(told, shown);
    case "issues": {
      const open = list(shown.issues).filter(({ resolvedAt, resolved }) => (resolvedAt ?? resolved) === undefined);
      return differ("open issues", open.map(({ id }) => id).sort(), [...told.issues.keys()].sort());
    }
    case "pipeline":
      return differ("digest", shown.digest, told.pipelineDigest);
    case "events":
      return wrongEvents(world.log().slice(0, told.seq), path, shown);
    case "/api/v1/server/events":
      return wrongEvents(world.log(accessStream).slice(0, serverSeq), path, shown);
    case "/api/v1/tokens":
      return wrongTokens(world.log(accessStream).slice(0, serverSeq), shown);
    default:
      return undefined;
  }
}

function wrongStatus(told: Chronicle, shown: Shown): string | undefined {
  const stages = list(shown.stages);
  const wrong = [
    differ("event", shown.seq, told.seq),
    differ(
      "stages",
      stages.map(({ name }) => name),
      told.stages.map(({ name }) => name),
    ),
  ];
  for (const { name, live, active, waiting } of stages) {
    const stage = told.stage(String(name));
    const promotion = told.promotions.get(stage.active ?? "");
    wrong.push(
      differ(`what is live in ${name}`, (live as Shown | null)?.version, stage.live),
      differ(`what rolls out in ${name}`, (active as Shown | null)?.promotion, stage.active),
      differ(`its share in ${name}`, (active as Shown | null)?.basisPoints, promotion?.share),
      differ(
        `what waits for ${name}`,
        list(waiting)
          .map((one) => one.promotion)
          .sort(),
        [...told.promotions.values()]
          .flatMap((one) => (one.stage === name && one.way === "waiting" ? [one.id] : []))
          .sort(),
      ),
    );
  }
  return wrong.find((one) => one !== undefined);
}

function wrongHistory(told: Chronicle, shown: Shown): string | undefined {
  const wrong = differ("how many there are", shown.total, told.promotions.size);
  return (
    wrong ??
    list(shown.deployments)
      .map((one) => wrongDeployment(told, one))
      .find((one) => one !== undefined)
  );
}

function wrongDeployment(told: Chronicle, { promotion, stage, version, status }: Shown): string | undefined {
  const known = told.promotions.get(String(promotion));
  const way = ["waiting", "active", "paused", "complete"].find((one) => one === status) ?? "over";
  return differ(String(promotion), [stage, version, way], known && [known.stage, known.version, known.way]);
}

function wrongReleases(told: Chronicle, shown: Shown): string | undefined {
  const all = list(shown.releases);
  const known = [...told.releases].map(([version, { digest, publisher }]) => [version, digest, publisher]);
  const withdrawn = all.flatMap((one) => (one.withdrawn === undefined ? [] : [one.version]));
  return (
    differ("releases", all.map((one) => [one.version, one.digest, one.publishedBy]).sort(), known.sort()) ??
    differ("withdrawn releases", withdrawn.sort(), [...told.withdrawn].filter((one) => told.releases.has(one)).sort())
  );
}

function wrongRelease(told: Chronicle, { version, digest, path, issues, withdrawn }: Shown): string | undefined {
  const mine = [...told.promotions.values()].flatMap((one) => (one.version === version ? [one.id] : []));
  const open = [...told.issues].flatMap(([id, issue]) => (issue.version === version ? [id] : []));
  const shownOpen = list(issues).filter(({ resolvedAt, resolved }) => (resolvedAt ?? resolved) === undefined);
  return (
    differ("its digest", digest, told.releases.get(String(version))?.digest) ??
    differ(
      "its path",
      list(path)
        .map(({ promotion }) => promotion)
        .sort(),
      mine.sort(),
    ) ??
    differ("its open issues", shownOpen.map(({ id }) => id).sort(), open.sort()) ??
    differ("whether it was withdrawn", withdrawn !== undefined, told.withdrawn.has(String(version)))
  );
}

function wrongEvents(log: readonly SealedEvent[], path: string, shown: Shown): string | undefined {
  const after = Number(/after=(\d+)/.exec(path)?.[1] ?? 0);
  const limit = Number(/limit=(\d+)/.exec(path)?.[1] ?? 100);
  const events = log.slice(after, after + limit).map(({ hash }) => hash);
  return (
    differ(
      "events",
      list(shown.events).map(({ hash }) => hash),
      events,
    ) ?? differ("head", (shown.head as Shown).seq, log.length)
  );
}

function wrongTokens(log: readonly SealedEvent[], shown: Shown): string | undefined {
  const revoked = log.flatMap(({ type, data }) => (type === "TokenRevoked" ? [data.name] : []));
  const all = list(shown.tokens).map((one) => [
    one.name,
    one.role,
    one.stages,
    one.groups,
    one.revokedAt !== undefined,
  ]);
  const names = all.map(([name]) => name);
  // Those of builds are forgotten after a day.
  const known = log.flatMap(({ type, data }) =>
    type === "TokenCreated" && (data.ofBuild !== true || names.includes(data.name))
      ? [[data.name, data.role, data.stages, data.groups, revoked.includes(data.name)]]
      : [],
  );
  return differ("tokens", all.sort(), known.sort());
}

function list(value: unknown): readonly Shown[] {
  return (value ?? []) as readonly Shown[];
}

function differ(what: string, shown: unknown, told: unknown): string | undefined {
  const [one, other] = [JSON.stringify(shown ?? null), JSON.stringify(told ?? null)];
  return one === other ? undefined : `${what}: it shows ${one}, and the log says ${other}`;
}
