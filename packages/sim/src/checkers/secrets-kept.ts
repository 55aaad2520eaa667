import { accessStream } from "@sluice/core/access/tokens.ts";
import type { CheckerKind } from "./checker.ts";

/** Secrets are told once, to whom they are for. */
export const secretsKept: CheckerKind = {
  guards: "no secret stands in a log, or in an answer but the one that gives it",
  create() {
    const seen = { application: 0, server: 0, answers: 0 };
    return (world) => {
      if (world.api === undefined) return undefined;
      const logs = { application: world.log(), server: world.log(accessStream) };
      for (const log of ["application", "server"] as const) {
        const event = logs[log].slice(seen[log]).find(({ data }) => JSON.stringify(data).includes("sluice_"));
        if (event !== undefined) return `event ${event.seq} of the ${log}, ${event.type}, says a secret`;
        seen[log] = logs[log].length;
      }
      const { attempts } = world.api;
      for (; seen.answers < attempts.length; seen.answers++) {
        const { answer, call } = attempts[seen.answers] ?? {};
        if (answer === undefined || call === undefined) continue;
        const gives = call.ask.kind === "CreateToken" || call.ask.kind === "Exchange";
        if (!gives && answer.text.includes("sluice_")) return `the answer to ${call.ask.path} says a secret`;
        if (call.ask.kind === "ReadTokens" && call.ask.path === "/api/v1/tokens" && answer.text.includes("sha256"))
          return "the list of tokens says how their secrets could be guessed";
      }
      return undefined;
    };
  },
};
