import { problemSchema } from "../problem.ts";

/** How every route says no. */
export const refusals = {
  "4xx": {
    description: "Refused: the problem says what is wrong and what to do",
    content: { "application/problem+json": { schema: problemSchema } },
  },
  "5xx": {
    description: "Failed: nothing was changed",
    content: { "application/problem+json": { schema: problemSchema } },
  },
};
