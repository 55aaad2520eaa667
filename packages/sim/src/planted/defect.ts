/** One guard taken out of production code, or one step moved: something that the checkers have to see. */
export interface Defect {
  readonly name: string;
  /** Relative to `packages/`. */
  readonly file: string;
  /** Each text stands in the file exactly once; when the code moves, planting fails loudly. */
  readonly edits: readonly (readonly [from: string, to: string])[];
}

/** @returns the text with the defect. @throws Error when a text to be replaced does not stand in it exactly once */
export function plantedIn(text: string, { name, file, edits }: Defect): string {
  let planted = text;
  for (const [from, to] of edits) {
    const parts = planted.split(from);
    if (parts.length !== 2)
      throw new Error(
        `The defect "${name}" replaces a text that stands ${parts.length - 1} times in packages/${file}, not once. The code has moved: bring the defect up to date.\n  ${from}`,
      );
    planted = parts.join(to);
  }
  return planted;
}
