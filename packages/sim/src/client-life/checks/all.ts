import type { CheckKind } from "../life.ts";
import { begunRightly } from "./begun-rightly.ts";
import { comesToRest } from "./comes-to-rest.ts";
import { givenUpRightly } from "./given-up-rightly.ts";
import { journalFirst } from "./journal-first.ts";
import { stepsInOrder } from "./steps-in-order.ts";
import { toldTruly } from "./told-truly.ts";
import { wholeAtEveryInstant } from "./whole-at-every-instant.ts";

export const lifeChecks: readonly CheckKind[] = [
  wholeAtEveryInstant,
  journalFirst,
  stepsInOrder,
  begunRightly,
  givenUpRightly,
  toldTruly,
  comesToRest,
];
