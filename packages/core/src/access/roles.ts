/** What a token may be for, by contract; `client` is what an installed copy has, `monitor` what sends alerts. */
export const roles = ["viewer", "publisher", "approver", "operator", "admin", "client", "monitor"] as const;
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
  "administer",
] as const;
export type Permission = (typeof everything)[number];

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ["read", "download"],
  publisher: ["read", "download", "publish", "attest", "ask-rollback"],
  approver: ["read", "download", "attest", "approve", "ask-rollback"],
  operator: ["read", "download", "report", "attest", "ask-rollback", "operate", "alert"],
  monitor: ["alert"],
  client: ["download", "report"],
  admin: everything,
};

export function allows(role: Role, permission: Permission): boolean {
  return permissions[role].includes(permission);
}
