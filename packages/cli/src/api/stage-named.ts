import { nearestNames } from "@sluice/core/errors/nearest.ts";
import type { StageView, StatusView } from "@sluice/core/views/status.ts";
import { exitCodes, Failure } from "../failure.ts";
import { type Api, apiPath } from "./api.ts";

/** A stage as it stands. @throws Failure (not found) that names the nearest */
export async function stageNamed(api: Api, app: string, name: string): Promise<StageView> {
  const { stages } = await api.get<StatusView>(apiPath("apps", app, "status"));
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage !== undefined) return stage;
  const names = stages.map((candidate) => candidate.name);
  throw new Failure(
    exitCodes.notFound,
    "STAGE_NOT_FOUND",
    `There is no stage "${name}". The stages are ${names.join(", ")}.`,
    { nearest: nearestNames(name, names) },
  );
}
