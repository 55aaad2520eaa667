import { nearestNames } from "../errors/nearest.ts";
import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import { isNamed } from "../gates/named.ts";
import { policyChecks } from "../gates/policy.ts";
import type { CommandOf } from "./commands.ts";
import { stagesOf } from "./context.ts";
import { findRelease } from "./find.ts";
import type { AppState } from "./state.ts";
import type { Transition } from "./transition.ts";

/** Something that a stage's gates ask about a release, and that can be reported. */
interface AskedCheck {
  readonly name: string;
  readonly stage: string;
  /** An item of the stage's checklist, rather than a check of the release as such. */
  readonly item: boolean;
  /** The server finds out by itself. */
  readonly probed: boolean;
  /** Whose word counts; empty: everybody's who may report at all. */
  readonly from: readonly string[];
}

/** Everything that the pipeline, and the policies over it, ask about a release. */
function askedChecks(state: AppState): AskedCheck[] {
  return stagesOf(state).flatMap(({ name: stage, gates }) => [
    ...policyChecks(state, stage).map((name) => ({ name, stage, item: false, probed: false, from: [] })),
    ...gates.flatMap(({ check, checklist = [] }) => [
      ...(check === undefined ? [] : [{ name: check.name, stage, item: false, probed: false, from: check.from }]),
      ...checklist.map(({ id, http, command }) => {
        const probed = http !== undefined || command !== undefined;
        return { name: id, stage, item: true, probed, from: [] };
      }),
    ]),
  ]);
}

/**
 * What a name stands for: a check, asked for by one stage or several, or an item of one stage's checklist.
 * @param stage needed only for the item of a checklist whose name stands elsewhere, too
 */
export function findCheck(state: AppState, name: string, stage: string | undefined): readonly AskedCheck[] | Rejection {
  const all = askedChecks(state);
  const found = all.filter((asked) => asked.name === name && (stage === undefined || asked.stage === stage));
  const [first] = found;
  if (first === undefined) {
    const names = [...new Set(all.map((asked) => asked.name))];
    return reject(
      "CHECK_NOT_FOUND",
      `No gate${stage === undefined ? "" : ` of ${stage}`} asks for "${name}". Asked for: ${names.join(", ") || "nothing"}.`,
      nearestNames(name, names),
    );
  }
  const checks = found.filter(({ item }) => !item);
  const items = found.filter(({ item }) => item);
  // A check is of the release as such, so where a name stands for both, the stage is said for the item.
  const meant = stage === undefined && checks.length > 0 ? checks : items.length > 0 ? items : checks;
  if (meant.length > 1 && meant === items)
    return reject(
      "CHECK_AMBIGUOUS",
      `"${name}" is asked for in ${found.map((asked) => asked.stage).join(" and ")}. Say which you mean: --stage STAGE`,
    );
  const [asked = first] = meant;
  if (asked.probed)
    return reject("CHECK_PROBED", `"${name}" of ${asked.stage} is answered by the server: nobody can report it.`);
  return meant;
}

/** Records an outside result about a release, or a person's tick of a checklist's item. The last one counts. */
export function reportCheck(transition: Transition, command: CommandOf<"ReportCheck">): Rejection | undefined {
  const { state, meta } = transition;
  const release = findRelease(state, command.version);
  if (isRejection(release)) return release;
  const asked = findCheck(state, command.name, command.stage);
  if (isRejection(asked)) return asked;
  const { name, result, groups, url, comment } = command;
  if (!asked.some(({ from }) => from.length === 0 || isNamed(from, { by: meta.actor, groups })))
    return reject(
      "REPORTER_NOT_NAMED",
      `${meta.actor} is not among those whose word counts for "${name}": ${asked.flatMap(({ from }) => from).join(", ")}.`,
    );
  const item = asked.find((one) => one.item);
  const { version, digest } = release;
  const where = item === undefined ? {} : { stage: item.stage };
  const link = url === undefined ? {} : { url };
  transition.add({
    type: "CheckReported",
    data: { version, digest, name, ...where, result, groups, comment, ...link },
  });
  return undefined;
}
