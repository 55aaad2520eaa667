import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { compare, runsOf } from "@sluice/sim/pipeline/compare.ts";
import { withoutPeople } from "@sluice/sim/pipeline/without-people.ts";
import type { Command } from "commander";
import { exitCodes, Failure } from "../failure.ts";
import { showProgress } from "../output/progress.ts";
import { plural } from "../output/text.ts";
import { readTextFile, unreadable } from "../read-file.ts";
import type { OpenSession } from "../session.ts";
import { fleetsFrom, othersFrom, type SimulateOptions, scenariosFrom, wholeNumber } from "../simulate/options.ts";
import { simulationOf } from "../simulate/simulation.ts";
import { simulationSvg } from "../simulate/svg.ts";
import { simulationText } from "../simulate/text.ts";

const fileBytesMax = 4_000_000;

export function addSimulate(program: Command, open: OpenSession): void {
  program
    .command("simulate")
    .description(
      "what a pipeline would do to a fleet: clients harmed, time to everybody, false rollbacks. Needs no server",
    )
    .requiredOption("-f, --file <file>", "the pipeline file")
    .option("--fleet <clients>", "how many clients, or for each stage: dev=20,stable=5000", "10000")
    .option("--failure-rate <share>", "only a release that fails so often, such as 3%")
    .option("--onset <duration>", "with --failure-rate: healthy at first, failing so much later")
    .option("--scenario <name...>", "only these of the usual scenarios")
    .option("--compare <name...>", "only these policies beside the pipeline, or none")
    .option("--poll <duration>", "how often a client asks (the pipeline's check-every)")
    .option("--report <duration>", "the median time from an install to its report (7m)")
    .option("--silent <share>", "the share of clients that never report (3%)")
    .option("--attributes <count>", "how many values the clients' attribute has", "40")
    .option("--attribute-share <share>", "how many clients have the first one (3%)")
    .option("--runs <count>", "how often each scenario is run", "20")
    .option("--seed <number>", "the first run's seed; the same seed gives the same figures", "1")
    .option("--svg <file>", "write the chart as a picture as well")
    .action(async (options: SimulateOptions, command: Command) => {
      const session = open(command);
      const read = parsePipeline(await readTextFile(session, options.file, fileBytesMax));
      if ("problems" in read)
        throw new Failure(
          exitCodes.usage,
          "PIPELINE_INVALID",
          `${options.file} has ${plural(read.problems.length, "problem")}. Nothing was simulated.`,
          { problems: read.problems, file: options.file },
        );
      const { pipeline, takenAsGiven } = withoutPeople(read.pipeline);
      const contest = {
        pipeline,
        fleets: fleetsFrom(options, pipeline),
        scenarios: scenariosFrom(options),
        others: othersFrom(options),
        runs: wholeNumber("--runs", options.runs, 1, 10_000),
        seed: wholeNumber("--seed", options.seed, 0, 2 ** 31 - 1),
      };
      const progress = showProgress(session, "Simulating", runsOf(contest), (done) => plural(done, "run"));
      const cells = await compare(contest, session.io.signal, progress.at).finally(progress.end);
      const simulation = simulationOf(contest, cells, { takenAsGiven, file: read.pipeline });
      if (options.svg !== undefined) {
        const path = resolve(session.io.cwd, options.svg);
        await writeFile(path, simulationSvg(simulation)).catch((error: unknown) => {
          throw unreadable(options.svg ?? "", error);
        });
        session.note(`The chart is in ${options.svg}.`);
      }
      session.print(simulation, () => simulationText(simulation, session.style));
    });
}
