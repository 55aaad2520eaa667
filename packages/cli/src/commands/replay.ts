import { isRejection } from "@sluice/core/errors/rejection.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { Recording } from "@sluice/core/replay/recording.ts";
import { type Replay, replayPipeline } from "@sluice/core/replay/replay.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { logPages, logPath } from "../api/pages.ts";
import { exitCodes, Failure } from "../failure.ts";
import { moment } from "../moment.ts";
import { showShare } from "../output/progress.ts";
import { plural } from "../output/text.ts";
import { readTextFile } from "../read-file.ts";
import type { OpenSession, Session } from "../session.ts";
import { replayText } from "../views/replay-text.ts";

const fileBytesMax = 4_000_000;

export function addReplay(program: Command, open: OpenSession): void {
  program
    .command("replay")
    .description("what a changed pipeline would have made of the recorded history; nothing is changed")
    .requiredOption("-f, --file <file>", "the pipeline file")
    .option("--since <time>", "only from here on: a time, or a duration such as 30d")
    .action(async ({ file, since }: { file: string; since?: string }, command: Command) => {
      const session = open(command);
      const source = await readTextFile(session, file, fileBytesMax);
      const read = parsePipeline(source);
      if ("problems" in read)
        throw new Failure(
          exitCodes.usage,
          "PIPELINE_INVALID",
          `${file} has ${plural(read.problems.length, "problem")}. Nothing was replayed.`,
          { problems: read.problems, file },
        );
      const app = session.namedApp ?? read.pipeline.app;
      const from = since === undefined ? undefined : moment("--since", since, "past");
      const replay = await replayOf(session, app, { pipeline: read.pipeline, source }, from);
      session.print(replay, () => replayText(replay, session.style));
    });
}

async function replayOf(
  session: Session,
  app: string,
  changed: Parameters<typeof replayPipeline>[1],
  since: number | undefined,
): Promise<Replay> {
  const api = session.api();
  const { at, seq } = await api.get<StatusView>(apiPath("apps", app, "status"));
  const recording = new Recording(app, fromRfc3339(at), since);
  const reading = showShare(session, `reading the log of ${app}`);
  let events = 0;
  for await (const page of logPages(api, logPath(app))) {
    recording.add(page);
    events += page.length;
    reading.at(events / Math.max(1, seq));
  }
  reading.end();
  const playing = showShare(session, `replaying ${plural(events, "event")}`);
  const replay = replayPipeline(recording, changed, (share) => playing.at(share));
  playing.end();
  if (isRejection(replay))
    throw new Failure(
      replay.code === "APP_NOT_FOUND" ? exitCodes.notFound : exitCodes.usage,
      replay.code,
      replay.message,
    );
  return replay;
}
