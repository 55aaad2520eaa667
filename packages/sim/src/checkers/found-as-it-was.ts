import type { CheckerKind } from "./checker.ts";

/** What servers say that they found out is what somebody answered them; and what a repository is said to have, it had. */
export const foundAsItWas: CheckerKind = {
  guards: "what a server has found out for a gate is what the one whom it asked has answered, and is so",
  create() {
    let seen = 0;
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type !== "ItemProbed") continue;
        const { stage, version, item, result } = data;
        const kind = item === "health" ? "health" : "git";
        const answers = world.repository.answered
          .filter((answer) => answer.stage === stage && answer.version === version && answer.kind === kind)
          .filter(({ verdict }) => verdict === result);
        if (answers.length === 0) return `event ${seq}: nobody answered ${result} of ${version} in ${stage}`;
        const isSo = answers.some((answer) => result === "error" || answer.isSo === (result === "pass"));
        if (!isSo) return `event ${seq}: ${item} of ${version} is said to ${result}, and that was never so`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
