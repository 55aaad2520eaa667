/** What commits, tags and pull requests of an environment's repository tell of. */
export interface Move {
  readonly app: string;
  readonly stage: string;
  /** Names the effect: the same for every repetition of it. */
  readonly effect: string;
  /** What the stage has afterwards; null: nothing. */
  readonly version: string | null;
  /** What it had before; absent: nothing, or nobody knows. */
  readonly before?: string | undefined;
  /** The promotion that comes in, or goes. */
  readonly promotion?: string | undefined;
  readonly approvedBy: readonly string[];
  /** Why it goes back, and who says so; absent: it goes on. */
  readonly ended?: { readonly reason: string; readonly by: string } | undefined;
  /** The open issues against what goes. */
  readonly issues?: readonly { readonly id: string; readonly title: string; readonly severity: string }[] | undefined;
}

/** The message of the commit that brings a release in. @param subject its first line, with {app}, {version} and {stage} */
export function deployMessage(move: Move, subject: string): string {
  const { app, stage, version, before } = move;
  const values: Readonly<Record<string, string>> = { app, stage, version: version ?? "nothing" };
  const first = subject.replace(/\{(app|version|stage)\}/g, (_, name: string) => values[name] ?? "");
  const came = before === undefined ? `The first release of ${app} in ${stage}.` : `${stage} had ${before} before.`;
  return [first, "", came, "", ...trailers(move), ""].join("\n");
}

/** The message of the commit that takes a release away. @param reverted the commit that it undoes, where it undoes one exactly */
export function rollbackMessage(
  move: Move,
  reverted: { readonly commit: string; readonly subject: string } | undefined,
): string {
  const { app, stage, version, before = "what it had", ended } = move;
  const to = version === null ? "to what was there before" : `to ${version}`;
  const why = ended === undefined ? "" : `: ${oneLine(ended.reason)} (${oneLine(ended.by)})`;
  const lines =
    reverted === undefined
      ? [`Roll back ${app} from ${before} ${to} in ${stage}`, ""]
      : [`Revert "${reverted.subject}"`, "", `This reverts commit ${reverted.commit}.`, ""];
  return [...lines, `${stage} goes back from ${before} ${to}${why}`, "", ...trailers(move), ""].join("\n");
}

/** The trailer by which the commit of an effect is known. */
export function effectTrailer(effect: string): string {
  return `Sluice-Effect: ${effect}`;
}

/** The trailers by which the commit that brought a release into a stage is known. */
export function arrivalTrailers(move: Pick<Move, "app" | "promotion">, version: string): string[] {
  return [
    `Sluice-Release: ${move.app} ${version}`,
    ...(move.promotion === undefined ? [] : [`Sluice-Promotion: ${move.app}/${move.promotion}`]),
  ];
}

function trailers(move: Move): string[] {
  const { app, stage, version, before, promotion, approvedBy, effect, ended } = move;
  return [
    ...(version === null ? [] : [`Sluice-Release: ${app} ${version}`]),
    ...(ended === undefined || before === undefined ? [] : [`Sluice-Leaving: ${app} ${before}`]),
    `Sluice-Stage: ${stage}`,
    ...(promotion === undefined ? [] : [`Sluice-Promotion: ${app}/${promotion}`]),
    ...approvedBy.map((name) => `Approved-by: ${oneLine(name)}`),
    effectTrailer(effect),
  ];
}

/** As far as it fits into one line of a commit. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 300);
}
