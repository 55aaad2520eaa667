import { type Attempt, codeOf } from "../api/call.ts";
import { rightOf } from "../chronicle/rights.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

/** What says that a token is none. After too many of these, whoever sends more is told to wait. */
const strangers = ["UNAUTHENTICATED", "TOO_MANY_ATTEMPTS"];

/** Who may is let in, and who may not is told so, by every server: as tokens, roles and stages were given. */
export const answeredByRight: CheckerKind = {
  guards: "every request is answered as its token, its role and its stages let it",
  create() {
    let open: Attempt[] = [];
    let seen = 0;
    return (world) => {
      const attempts = world.api?.attempts ?? [];
      open.push(...attempts.slice(seen));
      seen = attempts.length;
      const answered = open.filter(({ answer }) => answer !== undefined);
      if (answered.length > 0) open = open.filter(({ answer }) => answer === undefined);
      for (const attempt of answered) {
        const wrong = wrongIn(world, attempt);
        const { mark, grant, ask } = attempt.call;
        if (wrong !== undefined) return `${grant?.name ?? "somebody"} asks ${ask.method} ${ask.path} ${mark}: ${wrong}`;
      }
      return undefined;
    };
  },
};

function wrongIn(world: World, attempt: Attempt): string | undefined {
  const { answer, call } = attempt;
  if (answer === undefined) return undefined;
  const { status } = answer;
  const code = codeOf(answer);
  const heard = `the answer is ${status} ${code}`;
  if (status === 500) return heard;
  switch (rightOf(world, attempt)) {
    case "unknown":
      return strangers.includes(code) ? undefined : `its token is none or none any more, and ${heard}`;
    case "refused":
      return code === "NOT_ALLOWED" ? undefined : `its role does not let it, and ${heard}`;
    case "limited":
      return code === "NOT_ALLOWED" || status === 400 || status === 404 || status === 422
        ? undefined
        : `its stages do not let it, and ${heard}`;
    case "either":
      return undefined;
    default:
      if (call.ask.forged && status < 400) return `it says more than it may, and ${heard}`;
      return code === "NOT_ALLOWED" || (call.ask.kind !== "Exchange" && strangers.includes(code))
        ? `it may, and ${heard}`
        : undefined;
  }
}
