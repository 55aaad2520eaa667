import { TargetFailure } from "../failure.ts";
import { type Done, type Found, newestOf, type Order, type Target } from "../target.ts";
import type { Router, RouterServer } from "./router.ts";
import { versionOf } from "./version-of.ts";
import { shareOf, toleratedBasisPoints, weightsFor } from "./weights.ts";

/** A server with the version that it says it runs. */
type Known = RouterServer & { readonly version: string | undefined };

/**
 * Shares live traffic between releases by the weights of a router's servers. Which server runs which release it asks the servers
 * themselves; putting releases onto servers is the business of the targets before it.
 * @param path where each server says which version it runs
 */
export function trafficTarget(router: Router, path: string): Target {
  async function known(signal: AbortSignal): Promise<Known[]> {
    const servers = await router.servers(signal);
    return Promise.all(
      servers.map(async (server) => ({
        ...server,
        version: server.takesPart ? await versionOf(server.address, path, signal) : undefined,
      })),
    );
  }

  /** Gives every server the weight that follows from an order. */
  async function share(order: Order, signal: AbortSignal): Promise<Done> {
    const servers = await known(signal);
    const wanted = wantedWeights(order, servers, router);
    const weights = new Map(servers.map(({ name }) => [name, wanted.get(name) ?? 0]));
    const changed = servers.filter(({ name, weight }) => weight !== weights.get(name));
    if (changed.length > 0) await router.setWeights(weights, signal);
    return { weights: Object.fromEntries(wanted), changed: changed.length };
  }

  return {
    can: new Set(["deploy", "expose", "verify", "rollback"]),
    // It brings nothing in; but a release that no server runs gets no traffic.
    async deploy(order, signal) {
      const release = newestOf(order);
      if (release !== null) mustRun(release.version, await known(signal), router);
      return {};
    },
    expose: share,
    rollback: share,
    async verify(order, signal): Promise<Found> {
      const servers = await known(signal);
      const total = servers.reduce((sum, { weight }) => sum + weight, 0);
      const has = (version: string | undefined) =>
        servers.filter((server) => server.version === version).reduce((sum, { weight }) => sum + weight, 0);
      const { main, trial } = order;
      // Where every weight is 0 nobody is served: no share of nothing is what was asked for.
      const isServed = newestOf(order) === null || total > 0;
      const got =
        trial === undefined || total === 0
          ? 0
          : shareOf(has(trial.release.version), total - has(trial.release.version));
      const asked = trial === undefined ? 0 : main === null ? 10_000 : trial.basisPoints;
      const others = total - has(main?.version ?? "") - (trial === undefined ? 0 : has(trial.release.version));
      const agrees = isServed && others === 0 && Math.abs(got - asked) <= toleratedBasisPoints;
      const shares = servers.map(({ name, version, weight }) => ({ server: name, version: version ?? null, weight }));
      const text = shares.map(({ server, version, weight }) => `${server} (${version ?? "?"}) ${weight}`).join(", ");
      return {
        agrees,
        text: `${router.name} reports the weights ${text}`,
        evidence: { askedBasisPoints: asked, reportedBasisPoints: Math.round(got), servers: shares },
      };
    },
  };
}

function mustRun(version: string, servers: readonly Known[], router: Router): Known[] {
  const running = servers.filter((server) => server.version === version);
  if (running.length > 0) return running;
  const found = servers.map(
    ({ name, version: is, takesPart }) => `${name}: ${takesPart ? (is ?? "says nothing") : "is out"}`,
  );
  throw new TargetFailure(`no server of ${router.name} runs ${version} (${found.join(", ") || "it has none"})`, {
    retryable: true,
  });
}

/** The weight of every server that is to get traffic; the others get none. Throws a TargetFailure where the share cannot be had. */
function wantedWeights({ main, trial }: Order, servers: readonly Known[], router: Router): Map<string, number> {
  const mains = main === null ? [] : mustRun(main.version, servers, router);
  if (trial === undefined) return new Map(mains.map(({ name }) => [name, 100]));
  const trials = mustRun(trial.release.version, servers, router);
  // There is nothing else that the rest of the traffic could go to.
  if (mains.length === 0) return new Map(trials.map(({ name }) => [name, 100]));
  const weights = weightsFor({ main: mains.length, trial: trials.length }, trial.basisPoints, router.weightMax);
  if (Math.abs(weights.basisPoints - trial.basisPoints) > toleratedBasisPoints)
    throw new TargetFailure(
      `${router.name} cannot give ${trial.basisPoints / 100}% to ${trials.length} of ${mains.length + trials.length} servers: the nearest is ${(weights.basisPoints / 100).toFixed(2)}%`,
      { retryable: false },
    );
  return new Map([
    ...mains.map(({ name }) => [name, weights.main] as const),
    ...trials.map(({ name }) => [name, weights.trial] as const),
  ]);
}
