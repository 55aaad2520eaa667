/** A file's text after a change; the same text where it said so already. Or why it cannot be changed, for a person. */
export type Edited = { readonly text: string } | { readonly problem: string };

export function isProblem(edited: Edited): edited is { readonly problem: string } {
  return "problem" in edited;
}

/** Makes changes one after the other, until one cannot be made. */
export function editAll(text: string, edits: readonly ((text: string) => Edited)[]): Edited {
  let edited: Edited = { text };
  for (const edit of edits) {
    if (isProblem(edited)) return edited;
    edited = edit(edited.text);
  }
  return edited;
}
