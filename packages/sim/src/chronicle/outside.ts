import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Gate, Stage } from "@sluice/core/pipeline/schema.ts";
import type { ToldRelease } from "./told.ts";

/** What a server found out about a release for a gate. */
interface Found {
  readonly result: string;
  readonly at: number;
}

/** What source forges, repositories and services said, as far as the log tells. */
export class Outside {
  readonly #tags = new Map<string, string | undefined>();
  /** Branch and commit. */
  readonly #merges = new Map<string, Set<string>>();
  /** Version, stage, item, and the digest of the pipeline for which it was asked. */
  readonly #found = new Map<string, Found>();
  /** Deliveries of forges, and what was in them. */
  readonly deliveries = new Set<string>();

  hear({ type, data }: SealedEvent, at: number): void {
    const { delivery, body, tag, commit, branch, others } = data as Record<string, unknown>;
    if (delivery !== undefined) this.deliveries.add(String(delivery)).add(String(body));
    if (type === "TagPushed")
      this.#tags.set(String(tag), commit === undefined ? this.#tags.get(String(tag)) : String(commit));
    if (type === "TagDeleted") this.#tags.delete(String(tag));
    if (type === "CommitMerged") {
      const known = this.#merges.get(String(branch)) ?? new Set();
      this.#merges.set(String(branch), known);
      for (const one of [...(others as readonly string[]), String(commit)]) known.add(one);
    }
    if (type === "ItemProbed") {
      // What a repository is asked stands in the item's name; a stage asks one.
      const item = String(data.item).endsWith(".git") ? "git" : data.item;
      this.#found.set(`${data.version} ${data.stage}/${item} ${data.pipeline}`, { result: String(data.result), at });
    }
  }

  /** Whether a tag or a merge asked for a release as a stage wants it. */
  hasAsked(rule: NonNullable<Stage["promote-on"]>, version: string, { commit }: Pick<ToldRelease, "commit">): boolean {
    if (rule.tag === undefined)
      return (
        commit !== undefined && [...(this.#merges.get(rule.merge ?? "") ?? [])].some((one) => one.startsWith(commit))
      );
    const name = rule.tag.split("*").join(version);
    if (!this.#tags.has(name)) return false;
    if (commit === undefined) return rule.tag.includes("*");
    return this.#tags.get(name)?.startsWith(commit) === true;
  }

  /** What servers found out for a gate that still counts: "pass", "fail" or "error" for each that they were to ask, undefined where it is too old. */
  foundFor(gate: Gate, place: string, pipeline: string, at: number): readonly (string | undefined)[] {
    const { git, checklist = [] } = gate;
    const asked = [
      ...checklist.filter(({ http, command }) => http !== undefined || command !== undefined),
      ...(git === undefined ? [] : [{ id: "git", "max-age": git["max-age"] }]),
    ];
    return asked.map(({ id, "max-age": maxAge }) => {
      const found = this.#found.get(`${place}/${id} ${pipeline}`);
      return found !== undefined && at < found.at + maxAge ? found.result : undefined;
    });
  }
}
