import type { StatusView } from "@sluice/core/views/status.ts";
import { apiPath } from "../api/api.ts";
import type { ReleaseDetail } from "../api/shapes.ts";
import { verifyOnline, verifyServerLog } from "../audit/online.ts";
import type { LogVerdict } from "../audit/verify-log.ts";
import type { Out } from "../io.ts";
import type { Style } from "../output/style.ts";
import { verdictText } from "../views/verdict-text.ts";
import type { Cast } from "./cast.ts";
import { disappointments } from "./expectations.ts";
import { versions } from "./fleet-plan.ts";
import type { Witnessed } from "./play.ts";
import { summaryTable } from "./summary.ts";

/** How the demo came out. */
export interface DemoResult {
  readonly ok: boolean;
  /** What is not as promised. */
  readonly failures: readonly string[];
  readonly seconds: number;
  readonly releases: readonly ReleaseDetail[];
  readonly audit: readonly LogVerdict[];
}

/** Sums the story up, and holds it against what was promised. */
export async function judge(
  { api, app, fleet }: Cast,
  context: { readonly witnessed: Witnessed; readonly begun: string; readonly style: Style; readonly out: Out },
): Promise<DemoResult> {
  const { witnessed, begun, style, out } = context;
  const status = await api.get<StatusView>(apiPath("apps", app, "status"));
  const releases = await Promise.all(
    versions.map((version) => api.get<ReleaseDetail>(apiPath("apps", app, "releases", version))),
  );
  const server = await verifyServerLog(api);
  const audit = [await verifyOnline(api, app), ...(server === "not allowed" ? [] : [server])];
  const details = new Map(releases.map((release) => [release.version, release]));
  const failures = disappointments({ ...witnessed, status, details, fleet: await fleet.observe(), audit });
  const seconds = Math.round((Date.now() - Date.parse(begun)) / 1_000);
  out.write(`\n${summaryTable(releases, begun, style)}\n`);
  for (const verdict of audit) out.write(verdictText(verdict, style));
  for (const failure of failures) out.write(`${style.red("✕")} ${failure}\n`);
  out.write(
    failures.length === 0
      ? `${style.green("✓")} All as promised, in ${seconds} s.\n`
      : `${style.red("✕")} Not all is as promised.\n`,
  );
  return { ok: failures.length === 0, failures, seconds, releases, audit };
}
