import type { StageView } from "@sluice/core/views/status.ts";
import { StageColumn } from "./stage-column.tsx";

/** The stages, in the order of the pipeline. */
export function StageRow({ stages }: { readonly stages: readonly StageView[] }) {
  return (
    <ol className="stages" aria-label="Stages">
      {stages.map((stage) => (
        <StageColumn key={stage.name} stage={stage} />
      ))}
    </ol>
  );
}
