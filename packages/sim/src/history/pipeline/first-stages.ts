/** A drawn pipeline file with its first stages alone, so many at most. What stands before and after the stages stays. */
export function firstStages(source: string, most: number): string {
  let stages = 0;
  let isStage = false;
  const kept = source.split("\n").filter((line) => {
    if (line.startsWith("  - name: ")) {
      stages++;
      isStage = true;
    } else if (!line.startsWith(" ")) isStage = false;
    return !isStage || stages <= most;
  });
  return kept.join("\n");
}
