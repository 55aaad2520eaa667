import type { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import type { Release } from "@sluice/core/application/state.ts";
import type { CodeDeploySpec } from "@sluice/core/targets/traffic.ts";
import type { Secrets } from "../../analysis/provider.ts";
import type { Clock } from "../../clock/clock.ts";
import { awsClientOptions, awsFailure } from "../aws/client.ts";
import { TargetFailure } from "../failure.ts";
import { nothingBefore } from "../nothing-before.ts";
import { type Done, type Found, newestOf, type Order, type Target } from "../target.ts";
import { LambdaFunction } from "./lambda-versions.ts";

/** How often a deployment is looked at, in ms. */
const lookEveryMs = 2_000;

/**
 * Moves a Lambda function's alias by a deployment of CodeDeploy, which shifts the calls, watches its alarms and goes back by its own
 * configuration; waits for its end, and looks at the alias itself. On the way back a deployment that is under way is stopped first.
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
 */
export function codeDeployTarget(spec: CodeDeploySpec, secrets: Secrets, clock: Clock): Target {
  const name = `CodeDeploy's ${spec.application}/${spec.group}`;

  async function open() {
    const sdk = await import("@aws-sdk/client-codedeploy");
    const client = new sdk.CodeDeployClient(awsClientOptions(spec, secrets));
    return { sdk, client, lambda: await LambdaFunction.open(spec.lambda, secrets) };
  }
  const attempt = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      throw awsFailure(name, error, signal);
    }
  };

  /** The deployment that is under way or was last, with what it deploys. */
  async function lastDeployment({ sdk, client }: Opened, signal: AbortSignal) {
    const { deploymentGroupInfo: group } = await client.send(
      new sdk.GetDeploymentGroupCommand({ applicationName: spec.application, deploymentGroupName: spec.group }),
      { abortSignal: signal },
    );
    const id = group?.lastAttemptedDeployment?.deploymentId;
    return id === undefined ? undefined : deployment({ sdk, client }, id, signal);
  }

  async function deployment({ sdk, client }: Pick<Opened, "sdk" | "client">, id: string, signal: AbortSignal) {
    const { deploymentInfo: info } = await client.send(new sdk.GetDeploymentCommand({ deploymentId: id }), {
      abortSignal: signal,
    });
    const said = info?.errorInformation?.message;
    return { id, status: info?.status ?? "Unknown", said, content: info?.revision?.appSpecContent?.content };
  }

  async function deployOnly(release: Release, signal: AbortSignal): Promise<Done> {
    const opened = await open();
    const { lambda } = opened;
    const target = lambda.mustHave(release, await lambda.versions(signal));
    const alias = await lambda.alias(signal);
    if (alias.main === target && alias.trial === undefined) return { version: target, changed: false };
    return attempt(signal, async () => {
      const last = await lastDeployment(opened, signal);
      const running = last !== undefined && isRunning(last.status);
      if (running && versionIn(last.content) !== target) await stop(opened, last.id, signal);
      const id = running ? last.id : await begin(opened, alias.main, target, signal);
      return { version: target, deployment: id, changed: true, ...(await end(opened, id, signal)) };
    });
  }

  /** Ends a deployment that is not wanted: CodeDeploy goes back to what was there before. Always rejects, since that takes its time. */
  async function stop({ sdk, client }: Opened, id: string, signal: AbortSignal): Promise<never> {
    await client.send(new sdk.StopDeploymentCommand({ deploymentId: id, autoRollbackEnabled: true }), {
      abortSignal: signal,
    });
    throw new TargetFailure(`${name} was deploying something else (${id}); it is being stopped`, { retryable: true });
  }

  /** Where the stage is to have nothing: what is under way is stopped, and CodeDeploy takes it back. */
  async function takeAway(order: Order, signal: AbortSignal): Promise<Done> {
    const opened = await open();
    const { lambda } = opened;
    return attempt(signal, async () => {
      const last = await lastDeployment(opened, signal);
      if (last !== undefined && isRunning(last.status)) await stop(opened, last.id, signal);
      const [versions, alias] = [await lambda.versions(signal), await lambda.alias(signal)];
      if (order.leaving !== undefined && lambda.leadsTo(order.leaving, versions, alias))
        throw nothingBefore(order, `behind ${lambda.name}: deploy the version that it led to`);
      return {};
    });
  }

  async function begin({ sdk, client }: Opened, from: string, to: string, signal: AbortSignal): Promise<string> {
    const { function: Name, alias: Alias } = spec.lambda;
    const Properties = { Name, Alias, CurrentVersion: from, TargetVersion: to };
    const content = JSON.stringify({
      version: 0,
      Resources: [{ function: { Type: "AWS::Lambda::Function", Properties } }],
    });
    const { deploymentId } = await client.send(
      new sdk.CreateDeploymentCommand({
        applicationName: spec.application,
        deploymentGroupName: spec.group,
        revision: { revisionType: "AppSpecContent", appSpecContent: { content } },
      }),
      { abortSignal: signal },
    );
    return deploymentId ?? "";
  }

  /** Waits until a deployment has ended well. */
  async function end(opened: Opened, id: string, signal: AbortSignal): Promise<{ status: string }> {
    for (;;) {
      const { status, said } = await deployment(opened, id, signal);
      if (status === "Succeeded") return { status };
      if (!isRunning(status))
        throw new TargetFailure(`${name} ended ${id} as ${status}${said === undefined ? "" : `: ${said}`}`, {
          retryable: false,
          evidence: { deployment: id, status },
        });
      await new Promise<void>((resolve) => {
        const cancel = clock.wakeAt(clock.now() + lookEveryMs, resolve);
        signal.addEventListener("abort", () => [cancel(), resolve()], { once: true });
      });
      signal.throwIfAborted();
    }
  }

  const toNewest = async (order: Order, signal: AbortSignal): Promise<Done> => {
    const release = newestOf(order);
    return release === null ? {} : deployOnly(release, signal);
  };
  return {
    can: new Set(["deploy", "verify", "rollback"]),
    deploy: toNewest,
    rollback: async (order, signal) => (order.main === null ? takeAway(order, signal) : toNewest(order, signal)),
    async verify(order, signal): Promise<Found> {
      const { lambda } = await open();
      const release = newestOf(order);
      const versions = await lambda.versions(signal);
      const { main, trial } = await lambda.alias(signal);
      const asked = release === null ? main : lambda.mustHave(release, versions);
      const shares = trial === undefined ? "" : `, and ${trial.basisPoints / 100}% to ${trial.number}`;
      return {
        agrees: main === asked && trial === undefined,
        text: `${lambda.name} leads to version ${main}${shares}; asked for was ${asked}`,
        evidence: { asked, main, digest: versions.find(({ number }) => number === main)?.sha256 ?? null },
      };
    },
  };
}

interface Opened {
  readonly sdk: typeof import("@aws-sdk/client-codedeploy");
  readonly client: CodeDeployClient;
  readonly lambda: LambdaFunction;
}

function isRunning(status: string): boolean {
  return ["Created", "Queued", "InProgress", "Baking", "Ready"].includes(status);
}

/** The version that a deployment's AppSpec asks for. */
function versionIn(content: string | undefined): string | undefined {
  return /"TargetVersion":\s*"([^"]*)"/.exec(content ?? "")?.[1];
}
