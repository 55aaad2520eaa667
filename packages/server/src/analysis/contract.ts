import { describe, expect, test } from "vitest";
import type { Measured, Provider } from "./provider.ts";

export const measured: Measured = {
  app: "myapp",
  stage: "beta",
  version: "1.2.3",
  previous: "1.2.2",
  since: Date.UTC(2026, 0, 1),
};

/** One configuration for each thing that a provider has to tell apart. */
interface ProviderCases<Config> {
  readonly provider: Provider<Config>;
  readonly pass: Config;
  readonly fail: Config;
  readonly inconclusive: Config;
  /** What is asked is not there. */
  readonly gone: Config;
  /** What is asked never answers, and would be waited for much longer than a test may take. */
  readonly hanging: Config;
  /** What is asked never answers within the configured time. */
  readonly late: Config;
  /** What has become of what `hanging` or `late` began: a request, a process. */
  begun(): Promise<"nothing" | "running" | "over">;
}

/** What every provider must do. `open` makes the world that is measured, and `close` takes it away again. */
export function describeProvider<Config>(
  name: string,
  open: () => Promise<ProviderCases<Config> & { close(): Promise<void> }>,
): void {
  const withCases = (work: (cases: ProviderCases<Config>) => Promise<void>) => async () => {
    const cases = await open();
    try {
      await work(cases);
    } finally {
      await cases.close();
    }
  };
  const never = () => new AbortController().signal;

  describe(`${name} is a provider`, () => {
    for (const verdict of ["pass", "fail", "inconclusive"] as const)
      test(
        `tells ${verdict} from the others, with what was measured`,
        withCases(async (cases) => {
          const finding = await cases.provider.measure(cases[verdict], measured, never());
          expect(finding).toMatchObject({ verdict, reason: expect.stringMatching(/\S/) });
          expect(Object.keys(finding.evidence)).not.toEqual([]);
          expect(JSON.parse(JSON.stringify(finding.evidence))).toEqual(finding.evidence);
        }),
      );

    test(
      "what is not there is an error of the measurement, and says what was asked",
      withCases(async ({ provider, gone }) => {
        expect(await provider.measure(gone, measured, never())).toMatchObject({
          verdict: "error",
          reason: expect.stringMatching(/\S: \S/),
        });
      }),
    );

    test(
      "what does not answer in time is an error of the measurement",
      withCases(async ({ provider, late, begun }) => {
        expect(await provider.measure(late, measured, never())).toMatchObject({ verdict: "error" });
        await expect.poll(begun).toBe("over");
      }),
    );

    test(
      "stops when it is told to, and leaves nothing running",
      withCases(async ({ provider, hanging, begun }) => {
        const stop = new AbortController();
        const finding = provider.measure(hanging, measured, stop.signal);
        await expect.poll(begun).toBe("running");
        stop.abort();
        expect(await finding).toMatchObject({ verdict: "error", reason: expect.stringContaining("stopped") });
        await expect.poll(begun).toBe("over");
      }),
    );

    test(
      "measures nothing when it was stopped before it began",
      withCases(async ({ provider, pass }) => {
        const finding = await provider.measure(pass, measured, AbortSignal.abort());
        expect(finding.verdict).toBe("error");
      }),
    );
  });
}
