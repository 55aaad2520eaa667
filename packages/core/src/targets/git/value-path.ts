/** One step into a structure: a key or an index, or the element of a list whose `key` is `value`. */
export type Step = string | { readonly key: string; readonly value: string };

/**
 * Reads a path into a file: names and indices between dots, `\.` for a dot in a name, `[name=web]` for the element of a list.
 * @returns the steps, or undefined where it is no path
 */
export function parsePath(path: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = path;
  while (rest !== "") {
    const selected = /^\[([^=[\]]+)=([^[\]]*)\](?:\.(?=.)|(?=\[)|$)/.exec(rest);
    const named = /^((?:\\\.|[^.[\]\\])+)(?:\.(?=.)|(?=\[)|$)/.exec(rest);
    const found = selected ?? named;
    if (found === null) return undefined;
    steps.push(
      selected === null
        ? (found[1] ?? "").replaceAll("\\.", ".")
        : { key: selected[1] ?? "", value: selected[2] ?? "" },
    );
    rest = rest.slice(found[0].length);
  }
  return steps.length === 0 ? undefined : steps;
}
