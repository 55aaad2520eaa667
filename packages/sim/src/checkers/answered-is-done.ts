import { accessStream } from "@sluice/core/access/tokens.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { AskKind } from "../api/ask.ts";
import type { Attempt } from "../api/call.ts";
import { aboutWhat, mayFollowFrom } from "../chronicle/deeds.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

/** What is always a fact of its own when it was done: whoever asks for it again does it again, or is refused. */
const everyTime: readonly AskKind[] = [
  ...(["OpenIssue", "ResolveIssue", "FreezeStage", "FreezeApplication", "ReportCheck", "CreateToken"] as const),
  ...(["RequestRollback", "ApproveRollback", "RejectRollback"] as const),
  ...(["ApprovePromotion", "RejectPromotion", "AbortPromotion", "RecallRollout", "RollBack"] as const),
];

/** What was so before may be answered as done; it is in the log, whoever did it and when. */
const once: readonly AskKind[] = ["PublishRelease", "WithdrawRelease", "RevokeToken", "Exchange"];

/** Who hears that something was done finds it in the log, in their name. */
export const answeredIsDone: CheckerKind = {
  guards: "what a request was answered to have done is in the log",
  create() {
    let open: Attempt[] = [];
    let seen = 0;
    let seenTaken = 0;
    return (world) => {
      const inVain = world.taken.slice(seenTaken).find((taken) => isInVain(taken));
      seenTaken = world.taken.length;
      if (inVain !== undefined)
        return `${inVain.actor} was told that it was done, and nothing was: ${JSON.stringify(inVain.command)}`;
      const attempts = world.api?.attempts ?? [];
      open.push(...attempts.slice(seen));
      seen = attempts.length;
      const answered = open.filter(({ answer }) => answer !== undefined);
      if (answered.length > 0) open = open.filter(({ answer }) => answer === undefined);
      const wrong = answered.find((attempt) => (attempt.answer?.status ?? 500) < 300 && !isDone(world, attempt));
      if (wrong === undefined) return undefined;
      const { mark, grant, ask } = wrong.call;
      return `${grant?.name ?? "somebody"} was told that it was done, ${ask.method} ${ask.path} ${mark}, and it is not in the log`;
    };
  },
};

/** Whether a command was taken of which always a fact of its own comes, and none has. */
function isInVain({ command, actor, events }: World["taken"][number]): boolean {
  const kind = everyTime.find((known) => known === command.type);
  return kind !== undefined && !events.some((event) => event.actor === actor && mayFollowFrom(event).includes(kind));
}

function isDone(world: World, attempt: Attempt): boolean {
  const { grant, ask, mark } = attempt.call;
  const { kind, subject } = ask;
  const isOfServer = kind === "CreateToken" || kind === "RevokeToken" || kind === "Exchange";
  const log = isOfServer ? world.log(accessStream) : world.log();
  const [from, to] = isOfServer ? [attempt.serverSeq, attempt.answer?.serverSeq] : [attempt.seq, attempt.answer?.seq];
  const text = attempt.answer?.text ?? "";
  const has = (events: readonly SealedEvent[], fits: (event: SealedEvent) => boolean) =>
    events.some((event) => mayFollowFrom(event).includes(kind) && fits(event));
  if (everyTime.includes(kind))
    return has(
      log.slice(from, to),
      (event) => event.actor === grant?.name && (isOfServer || JSON.stringify(event.data).includes(mark)),
    );
  if (kind === "Exchange") return has(log.slice(0, to), ({ data }) => text.includes(`"name":"${data.name}"`));
  if (kind === "WithdrawRelease")
    return log
      .slice(0, to)
      .some(
        ({ type, data }) =>
          (type === "ReleaseWithdrawn" && data.version === subject) ||
          (type === "ArtifactWithdrawn" && (data.versions as readonly string[]).includes(subject)),
      );
  if (once.includes(kind)) return has(log.slice(0, to), (event) => aboutWhat(event) === subject);
  return true;
}
