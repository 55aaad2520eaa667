import type { TrafficTarget } from "@sluice/core/targets/traffic.ts";
import type { Secrets } from "../../analysis/provider.ts";
import type { Clock } from "../../clock/clock.ts";
import { TargetFailure } from "../failure.ts";
import type { Target } from "../target.ts";
import { caddyRouter } from "./caddy.ts";
import { codeDeployTarget } from "./codedeploy.ts";
import { haproxyRouter } from "./haproxy.ts";
import { lambdaTarget } from "./lambda.ts";
import { trafficTarget } from "./traffic.ts";

/** Makes a target of whatever shares the traffic. */
export function openTraffic(spec: TrafficTarget, { secrets, clock }: { secrets: Secrets; clock: Clock }): Target {
  const { haproxy, caddy, lambda, codedeploy, "version-path": path } = spec;
  if (haproxy !== undefined) return trafficTarget(haproxyRouter(haproxy), path);
  if (caddy !== undefined) return trafficTarget(caddyRouter(caddy), path);
  if (lambda !== undefined) return lambdaTarget(lambda, secrets);
  if (codedeploy !== undefined) return codeDeployTarget(codedeploy, secrets, clock);
  throw new TargetFailure("this version of Sluice does not know the router that the pipeline names", {
    retryable: false,
  });
}
