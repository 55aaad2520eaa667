import type { CloudWatchClient, DescribeAlarmsCommandOutput } from "@aws-sdk/client-cloudwatch";
import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import { fillIn } from "@sluice/core/analysis/placeholders.ts";
import { type AlarmState, type CloudWatchProbe, judgeCloudWatch } from "@sluice/core/analysis/providers/cloudwatch.ts";
import type { Clock } from "../clock/clock.ts";
import { messageOf } from "./ask.ts";
import { withDeadline } from "./deadline.ts";
import type { Provider } from "./provider.ts";

/**
 * Asks Amazon CloudWatch for the states of alarms, by DescribeAlarms. Credentials, and the region where the pipeline names none, come from the
 * default chain of the AWS client: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export function cloudWatchProvider({ clock }: { readonly clock: Clock }): Provider<CloudWatchProbe> {
  return {
    async measure(probe, measured, signal): Promise<Finding> {
      const names = [...new Set(probe.alarms.map((name) => fillIn(name, measured)))];
      const evidence = { alarms: names };
      return withDeadline(clock, probe.timeout, signal, async (within, ended) => {
        // A client of this size is loaded only where one is used.
        const sdk = await import("@aws-sdk/client-cloudwatch");
        const client = clientOf(sdk, probe);
        try {
          within.throwIfAborted();
          const asked = new sdk.DescribeAlarmsCommand({
            AlarmNames: names,
            // Without this the service leaves composite alarms out.
            AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
            MaxRecords: 100,
          });
          return judgeCloudWatch(names, statesOf(await client.send(asked, { abortSignal: within })));
        } catch (error) {
          if (ended() === "stopped") return measurementError("the measurement was stopped", evidence);
          const why = ended() === "timeout" ? `no whole answer within ${probe.timeout} ms` : reasonOf(error);
          return measurementError(`CloudWatch: ${why}`, evidence);
        } finally {
          client.destroy();
        }
      });
    },
  };
}

/** A client for one question: whatever changes in the credentials or the configuration is there with the next. It is asked again by the analysis, not here. */
function clientOf(
  { CloudWatchClient }: typeof import("@aws-sdk/client-cloudwatch"),
  { region, endpoint }: CloudWatchProbe,
): CloudWatchClient {
  return new CloudWatchClient({
    maxAttempts: 1,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

function statesOf({ MetricAlarms = [], CompositeAlarms = [] }: DescribeAlarmsCommandOutput): AlarmState[] {
  return [...MetricAlarms, ...CompositeAlarms].map((alarm) => ({
    name: alarm.AlarmName ?? "",
    state: alarm.StateValue,
    reason: alarm.StateReason,
    since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.toISOString(),
  }));
}

/** The service's own name of what it refuses comes first: `AccessDenied`, `Throttling`. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  const name = error instanceof Error && error.name !== "Error" ? error.name : "";
  return name === "" || message.startsWith(name) ? message : `${name}: ${message}`;
}
