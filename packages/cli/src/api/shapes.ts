import type { Issue } from "@sluice/core/application/state.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { FileProblem } from "@sluice/core/pipeline/parse.ts";
import type { Manifest } from "@sluice/core/release/manifest.ts";
import type { Deployment } from "@sluice/core/views/history.ts";
import type { PowerView } from "@sluice/core/views/power.ts";
import type { RollbackTest } from "@sluice/core/views/rollback-test.ts";
import type { Explanation } from "@sluice/core/views/why.ts";

/** The answers of the HTTP API that are not views of the core. Times are RFC 3339. */

export interface AppliedPipeline {
  readonly app: string;
  readonly digest: string;
  readonly changed: boolean;
  readonly created: boolean;
  readonly stages: readonly string[];
  /** What each stage can see; absent, as the warnings: from an older server. */
  readonly power?: readonly PowerView[];
  /** What is allowed and hardly meant. */
  readonly warnings?: readonly FileProblem[];
}

export interface AppSummary {
  readonly app: string;
  readonly seq: number;
  readonly stages: readonly string[];
  readonly live: Readonly<Record<string, string | null>>;
}

export interface ReleaseSummary {
  readonly version: string;
  readonly digest: string;
  readonly publishedAt: string;
  readonly publishedBy: string;
  readonly commit?: string;
  readonly withdrawn?: { readonly at: string; readonly by: string; readonly reason: string };
  readonly mandatory: boolean;
  /** Stage → how the release stands there. */
  readonly stages: Readonly<Record<string, string>>;
}

export interface ReleaseDetail extends ReleaseSummary {
  readonly manifest: Manifest;
  readonly path: readonly Deployment[];
  readonly issues: readonly IssueView[];
  readonly rollbacks: readonly RollbackTest[];
  readonly clients: readonly ClientCountsView[];
}

export interface ClientCountsView {
  readonly channel: string;
  readonly version: string;
  readonly reached: number;
  readonly healthy: number;
  readonly failed: number;
  readonly rolledBack: number;
}

/** A measurement of an analysis, as it was recorded. */
export interface MeasurementView {
  readonly seq: number;
  readonly promotion: string;
  readonly stage: string;
  readonly version: string;
  readonly analysis: string;
  readonly at: string;
  readonly verdict: "pass" | "fail" | "inconclusive" | "error";
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly counted: string;
  readonly alike: number;
}

export interface ReportView {
  readonly clientId: string;
  readonly channel: string;
  readonly version: string;
  readonly status: string;
  readonly details?: { readonly reason?: string };
}

export type IssueView = Pick<Issue, "id" | "version" | "title" | "severity" | "stage" | "openedBy"> & {
  readonly openedAt: string;
  readonly resolved?: { readonly at: string; readonly by: string; readonly comment: string };
};

export interface Published {
  readonly version: string;
  readonly digest: string;
  readonly created: boolean;
  readonly promotion?: string;
}

/** What the withdrawal of an artifact did to one application. */
export interface WithdrawnArtifact {
  readonly app: string;
  readonly versions: readonly string[];
  readonly rolledBack: readonly { readonly stage: string; readonly version: string; readonly to: string | null }[];
}

export interface EverywhereWithdrawn {
  readonly applications: readonly WithdrawnArtifact[];
}

export interface PolicyView {
  readonly name: string;
  readonly apps: readonly string[];
  readonly appliedAt: string;
  readonly appliedBy: string;
  readonly source: string;
}

export interface AppliedPolicy extends Omit<PolicyView, "source"> {
  readonly changed: boolean;
  readonly applications: readonly { readonly app: string; readonly contradictions: readonly string[] }[];
}

export interface EventsPage {
  readonly events: readonly SealedEvent[];
  readonly head: { readonly seq: number; readonly hash: string };
}

export type PromotionAnswer = Explanation & { readonly promotion: string };

export interface RolledBack {
  readonly stage: string;
  readonly from: string;
  readonly to: string | null;
  readonly promotion: string;
}

export interface TokenView {
  readonly name: string;
  readonly apps?: readonly string[];
  readonly role: string;
  readonly stages?: readonly string[];
  readonly groups?: readonly string[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}

export interface CreatedToken {
  readonly name: string;
  readonly role: string;
  /** The secret; shown this once. */
  readonly token: string;
}

/** What a build's identity was exchanged for. */
export interface ExchangedToken extends CreatedToken {
  readonly apps: readonly string[];
  readonly stages?: readonly string[];
  readonly expiresAt: string;
}

export interface CreatedHook {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  readonly secret: string;
}

export interface HookView {
  readonly id: string;
  readonly repository: string;
  readonly createdAt: string;
  readonly createdBy: string;
}
