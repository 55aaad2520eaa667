import { compareVersions } from "@sluice/core/release/version.ts";
import type { Chronicle } from "./chronicle.ts";
import type { ToldStage } from "./told.ts";

/** The releases that were let in to a stage, are neither under way nor taken back, and are newer than what is live. */
export function leftBehind(told: Chronicle, stage: ToldStage, live: string | undefined, going?: string): string[] {
  const active = told.promotions.get(stage.active ?? "")?.version;
  return [...stage.entered].filter(
    (version) =>
      version !== going &&
      version !== active &&
      !stage.away.has(version) &&
      !told.withdrawn.has(version) &&
      (live === undefined || compareVersions(version, live) > 0),
  );
}
