import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { ToldStage, ToldWayBack } from "./told.ts";

type Staged = { readonly salt: string; readonly steps: ToldWayBack["steps"] };

/** The way back that a rollback begins: everybody at once unless it is staged. It ends another's, and goes on with its own. */
export function beginWayBack(stage: ToldStage, staged: unknown, gone: readonly string[], seq: number): void {
  const { salt, steps } = (staged ?? { salt: "", steps: [] }) as Staged;
  const share = steps[0]?.to ?? 10_000;
  const versions = new Set([...(stage.wayBack?.salt === salt ? stage.wayBack.versions : []), ...gone]);
  stage.wayBack = share >= 10_000 ? undefined : { salt, steps, versions, share, seq, publishedAt: undefined };
}

/** More of the clients are sent back; with the last share the way back is over. */
export function raiseWayBack(stage: ToldStage, { data, seq }: SealedEvent): void {
  const share = Number(data.to);
  if (stage.wayBack !== undefined)
    stage.wayBack = share >= 10_000 ? undefined : { ...stage.wayBack, share, seq, publishedAt: undefined };
}

/** Notes since when the feeds say what was asked for. */
export function publishWayBack({ wayBack }: ToldStage, upTo: number, at: number): void {
  if (wayBack !== undefined && wayBack.seq <= upTo) wayBack.publishedAt ??= at;
}

/** The versions that are still sent back by and by: what was withdrawn goes at once, and what came again stays. */
export function onTheWayBack({ wayBack, away }: ToldStage, withdrawn: ReadonlySet<string>): string[] {
  return [...(wayBack?.versions ?? [])].filter((version) => away.has(version) && !withdrawn.has(version));
}

/** The next share of a way back, in basis points, and when it is due in ms since the epoch; undefined: none, or the one before is not published. */
export function nextShareBack({ wayBack }: ToldStage): { readonly to: number; readonly at: number } | undefined {
  const next = wayBack?.steps.find(({ to }) => to > wayBack.share);
  if (wayBack?.publishedAt === undefined || next === undefined) return undefined;
  return { to: next.to, at: wayBack.publishedAt + next.afterMs };
}
