/** A fact with what the fold needs of its place in the log. `at`: ms since 1970. */
export type Recorded<Fact> = Fact & { readonly seq: number; readonly at: number; readonly actor: string };
