/** Who publishes releases. */
export const publisher = "publisher";

/** Who may approve, beside whom the publisher is nobody. */
export const approvers = ["ann", "bob", "cleo"];

/** Everybody's groups. */
export const groupsOf = (person: string): string[] => (person === "ann" ? ["leads"] : []);
