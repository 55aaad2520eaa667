import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Release } from "@sluice/core/application/state.ts";
import type { LambdaSpec } from "@sluice/core/targets/traffic.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { awsClientOptions, awsFailure } from "../aws/client.ts";
import { TargetFailure } from "../failure.ts";

/** A version of a function, and the digest of its package. */
interface FunctionVersion {
  /** `17` */
  readonly number: string;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
}

/** What a function's alias leads to. */
export interface Alias {
  readonly main: string;
  readonly trial?: { readonly number: string; readonly basisPoints: number };
  /** Changes whenever the alias does. */
  readonly revision: string | undefined;
}

/** A Lambda function, its published versions and the alias that callers use. Every call rejects with a TargetFailure. */
export class LambdaFunction {
  readonly #spec: LambdaSpec;
  readonly #sdk: typeof import("@aws-sdk/client-lambda");
  readonly #client: LambdaClient;
  readonly name: string;

  private constructor(spec: LambdaSpec, secrets: Secrets, sdk: typeof import("@aws-sdk/client-lambda")) {
    this.#spec = spec;
    this.#sdk = sdk;
    this.#client = new sdk.LambdaClient(awsClientOptions(spec, secrets));
    this.name = `the alias ${spec.alias} of ${spec.function}`;
  }

  static async open(spec: LambdaSpec, secrets: Secrets): Promise<LambdaFunction> {
    return new LambdaFunction(spec, secrets, await import("@aws-sdk/client-lambda"));
  }

  /** Published versions, oldest first. */
  async versions(signal: AbortSignal): Promise<FunctionVersion[]> {
    const found: FunctionVersion[] = [];
    try {
      const asked = { FunctionName: this.#spec.function };
      const options = { abortSignal: signal };
      for await (const page of this.#sdk.paginateListVersionsByFunction({ client: this.#client }, asked, options))
        for (const { Version, CodeSha256 } of page.Versions ?? [])
          if (Version !== undefined && Version !== "$LATEST" && CodeSha256 !== undefined)
            found.push({ number: Version, sha256: Buffer.from(CodeSha256, "base64").toString("hex") });
      return found;
    } catch (error) {
      throw awsFailure(`the versions of ${this.#spec.function}`, error, signal);
    }
  }

  async alias(signal: AbortSignal): Promise<Alias> {
    try {
      signal.throwIfAborted();
      const {
        FunctionVersion = "",
        RoutingConfig,
        RevisionId,
      } = await this.#client.send(
        new this.#sdk.GetAliasCommand({ FunctionName: this.#spec.function, Name: this.#spec.alias }),
        { abortSignal: signal },
      );
      const [trial] = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
      return {
        main: FunctionVersion,
        revision: RevisionId,
        ...(trial === undefined ? {} : { trial: { number: trial[0], basisPoints: Math.round(trial[1] * 10_000) } }),
      };
    } catch (error) {
      throw awsFailure(this.name, error, signal);
    }
  }

  /** Moves the alias, if it still is as it was seen. */
  async move({ main, trial, revision }: Alias, signal: AbortSignal): Promise<void> {
    const AdditionalVersionWeights = trial === undefined ? {} : { [trial.number]: trial.basisPoints / 10_000 };
    try {
      await this.#client.send(
        new this.#sdk.UpdateAliasCommand({
          FunctionName: this.#spec.function,
          Name: this.#spec.alias,
          FunctionVersion: main,
          RoutingConfig: { AdditionalVersionWeights },
          ...(revision === undefined ? {} : { RevisionId: revision }),
        }),
        { abortSignal: signal },
      );
    } catch (error) {
      throw awsFailure(this.name, error, signal);
    }
  }

  /** Whether an alias leads to a release, with all calls or a share of them. */
  leadsTo(release: Release, versions: readonly FunctionVersion[], { main, trial }: Alias): boolean {
    const { sha256 } = packageOf(release, this.#spec);
    return versions.some((each) => each.sha256 === sha256 && (each.number === main || each.number === trial?.number));
  }

  /** The newest published version that is made of a release's package. */
  mustHave(release: Release, versions: readonly FunctionVersion[]): string {
    const { sha256, name } = packageOf(release, this.#spec);
    const version = versions.findLast((each) => each.sha256 === sha256);
    if (version !== undefined) return version.number;
    throw new TargetFailure(
      `no published version of ${this.#spec.function} has the code of ${release.version} (component ${name}, sha256 ${sha256}). Upload the package and publish a version; the target before this one can`,
      { retryable: true },
    );
  }
}

function packageOf(release: Release, { component, function: name }: LambdaSpec) {
  const packages = release.manifest.components.filter((each) => each.kind !== "image");
  const found =
    component === undefined && packages.length === 1 ? packages[0] : packages.find((each) => each.name === component);
  if (found !== undefined) return found;
  const names = packages.map((each) => each.name).join(", ");
  throw new TargetFailure(
    `the pipeline has to say which component of ${release.version} is the package of ${name} (component: one of ${names})`,
    { retryable: false },
  );
}
