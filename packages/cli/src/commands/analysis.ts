import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { MeasurementView } from "../api/shapes.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";

interface Page {
  readonly measurements: readonly MeasurementView[];
  readonly next?: number;
}

const pageSize = 1_000;

export function addAnalysis(program: Command, open: OpenSession): void {
  program
    .command("analysis")
    .description("what was measured of a release, and what each measurement counted for")
    .argument("<version>")
    .argument("[stage]", "only in this stage")
    .action(async (version: string, stage: string | undefined, _: object, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const measurements: MeasurementView[] = [];
      let after: number | undefined = 0;
      while (after !== undefined) {
        const query: Record<string, string> = { version, after: String(after), limit: String(pageSize) };
        if (stage !== undefined) query.stage = stage;
        const page: Page = await session
          .api()
          .get<Page>(`${apiPath("apps", app, "measurements")}?${new URLSearchParams(query)}`);
        measurements.push(...page.measurements);
        after = page.next;
      }
      session.print({ app, version, measurements }, () =>
        measurements.length === 0
          ? `Nothing was measured of ${version}${stage === undefined ? "" : ` in ${stage}`}. Analyses that measure stand under \`analysis\` in the pipeline; what clients report is in: sluice show ${version}\n`
          : table(
              session.style,
              ["AT", "STAGE", "ANALYSIS", "VERDICT", "MEASURED", "COUNTED AS"],
              measurements.map((each) => [
                when(each.at),
                each.stage,
                each.analysis,
                verdictOf(each, session.style),
                cell(each.reason),
                each.alike === 0 ? each.counted : `${each.counted}, after ${each.alike} alike`,
              ]),
            ),
      );
    });
}

function verdictOf(
  { verdict }: MeasurementView,
  style: { red(text: string): string; green(text: string): string; yellow(text: string): string },
) {
  if (verdict === "fail") return style.red(verdict);
  return verdict === "pass" ? style.green(verdict) : style.yellow(verdict);
}
