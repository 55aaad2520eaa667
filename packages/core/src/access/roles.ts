/**
 * What a token may be for, by contract; `client` is what an installed copy has, `monitor` what sends alerts, `editor` what keeps a
 * pipeline as a repository has it and can touch neither policies nor tokens.
 */
export const roles = ["viewer", "publisher", "approver", "operator", "admin", "client", "monitor", "editor"] as const;
export type Role = (typeof roles)[number];

/** Everything that somebody may be allowed. */
const everything = [
  "read",
  "download",
  "report",
  "publish",
  "attest",
  "approve",
  // That a stage go back, for others to approve.
  "ask-rollback",
  "operate",
  "alert",
  // That an application's pipeline change; that there be an application is administered.
  "configure",
  "administer",
] as const;
export type Permission = (typeof everything)[number];

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ["read", "download"],
  publisher: ["read", "download", "publish", "attest", "ask-rollback"],
  approver: ["read", "download", "attest", "approve", "ask-rollback"],
  operator: ["read", "download", "report", "attest", "ask-rollback", "operate", "alert"],
  monitor: ["alert"],
  editor: ["read", "download", "configure"],
  client: ["download", "report"],
  admin: everything,
};

export function allows(role: Role, permission: Permission): boolean {
  return permissions[role].includes(permission);
}
