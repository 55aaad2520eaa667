import type { LambdaSpec } from "@sluice/core/targets/traffic.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { nothingBefore } from "../nothing-before.ts";
import { type Done, type Found, newestOf, type Order, type Target } from "../target.ts";
import { type Alias, LambdaFunction } from "./lambda-versions.ts";

/**
 * Shares the calls of a Lambda function between two of its versions, by the weights of its alias. Which version is which release it
 * knows by the digest of the package.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
 */
export function lambdaTarget(spec: LambdaSpec, secrets: Secrets): Target {
  async function share(order: Order, signal: AbortSignal): Promise<Done> {
    const lambda = await LambdaFunction.open(spec, secrets);
    const versions = await lambda.versions(signal);
    const wanted = wantedAlias(order, lambda, versions);
    const seen = await lambda.alias(signal);
    if (wanted === undefined) {
      if (order.leaving !== undefined && lambda.leadsTo(order.leaving, versions, seen))
        throw nothingBefore(order, `behind ${lambda.name}: move it to the version that it led to`);
      return {};
    }
    const changed = !isSame(seen, wanted);
    if (changed) await lambda.move({ ...wanted, revision: seen.revision }, signal);
    return { ...wanted, changed };
  }

  return {
    can: new Set(["deploy", "expose", "verify", "rollback"]),
    // It brings nothing in; but a release that no version has gets no calls.
    async deploy(order, signal) {
      const lambda = await LambdaFunction.open(spec, secrets);
      const release = newestOf(order);
      return release === null ? {} : { version: lambda.mustHave(release, await lambda.versions(signal)) };
    },
    expose: share,
    rollback: share,
    async verify(order, signal): Promise<Found> {
      const lambda = await LambdaFunction.open(spec, secrets);
      const [versions, reported] = [await lambda.versions(signal), await lambda.alias(signal)];
      const asked = wantedAlias(order, lambda, versions);
      const shares =
        reported.trial === undefined ? [] : [`${reported.trial.number} ${reported.trial.basisPoints / 100}%`];
      const { revision: _, ...evidence } = reported;
      const digest = versions.find(({ number }) => number === reported.main)?.sha256 ?? null;
      return {
        agrees: asked === undefined || isSame(reported, asked),
        text: `${lambda.name} leads to version ${[reported.main, ...shares].join(", ")}`,
        evidence: {
          askedBasisPoints: asked?.trial?.basisPoints ?? 0,
          reportedBasisPoints: reported.trial?.basisPoints ?? 0,
          reported: evidence,
          digest,
        },
      };
    },
  };
}

type Wanted = Omit<Alias, "revision">;

/** Undefined where the stage is to have nothing: an alias always leads somewhere, so it is left. */
function wantedAlias(
  { main, trial }: Order,
  lambda: LambdaFunction,
  versions: Awaited<ReturnType<LambdaFunction["versions"]>>,
): Wanted | undefined {
  const newest = trial?.release;
  if (main === null) return newest === undefined ? undefined : { main: lambda.mustHave(newest, versions) };
  const number = lambda.mustHave(main, versions);
  if (trial === undefined) return { main: number };
  return { main: number, trial: { number: lambda.mustHave(trial.release, versions), basisPoints: trial.basisPoints } };
}

function isSame(a: Wanted, b: Wanted): boolean {
  return a.main === b.main && a.trial?.number === b.trial?.number && a.trial?.basisPoints === b.trial?.basisPoints;
}
