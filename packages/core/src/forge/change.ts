/** What a forge tells of: a tag or a merge. Commits are full ids, in lower case. */
export type ForgeChange =
  | { readonly kind: "tag"; readonly tag: string; readonly commit?: string }
  | { readonly kind: "tag-deleted"; readonly tag: string }
  /** `others`: commits that came into the branch with it. */
  | { readonly kind: "merge"; readonly branch: string; readonly commit: string; readonly others?: readonly string[] };
