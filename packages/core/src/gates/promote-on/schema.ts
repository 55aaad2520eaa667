import { z } from "zod";
import { oneOf } from "../../pipeline/one-of.ts";

/** What git allows in the name of a branch or tag, roughly: no blanks, no control characters, nothing that is a pattern. */
const refPattern = /^[^\s*?[\]\\^~:\p{Cc}]{1,200}$/u;

export const promoteOnSchema = oneOf(
  {
    tag: z
      .string()
      .regex(
        /^[^\s*?[\]\\^~:\p{Cc}]{0,100}\*?[^\s*?[\]\\^~:\p{Cc}]{0,100}$/u,
        'must be a tag with at most one star, such as "v*"',
      )
      .min(1)
      .describe("A tag that matches is pushed: the star stands for the version of the release"),
    merge: z
      .string()
      .regex(refPattern, "must be the name of a branch, such as main")
      .describe("The commit of the release is merged into this branch"),
  },
  "event",
);
