import type { Severity } from "../../pipeline/values.ts";
import type { FactOf } from "./fact-of.ts";

/** What is wrong with releases. */
export type IssueFact =
  | FactOf<
      "IssueOpened",
      {
        readonly id: string;
        readonly version: string;
        readonly title: string;
        readonly severity: Severity;
        readonly stage?: string;
        /** What tells the alert of a monitor that opened it from every other. */
        readonly alert?: string;
      }
    >
  | FactOf<"IssueResolved", { readonly id: string; readonly comment: string }>;
