/** What a token may be for, by contract; `client` is what an installed copy has, `monitor` what sends alerts. */
export const roles = ["viewer", "publisher", "approver", "operator", "admin", "client", "monitor"] as const;
export type Role = (typeof roles)[number];

/** Everything that somebody may be allowed. */
export type Permission =
  | "read"
  | "download"
  | "report"
  | "publish"
  | "attest"
  | "approve"
  | "operate"
  | "alert"
  | "administer";

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ["read", "download"],
  publisher: ["read", "download", "publish", "attest"],
  approver: ["read", "download", "attest", "approve"],
  operator: ["read", "download", "report", "attest", "operate", "alert"],
  monitor: ["alert"],
  client: ["download", "report"],
  admin: ["read", "download", "report", "publish", "attest", "approve", "operate", "alert", "administer"],
};

export function allows(role: Role, permission: Permission): boolean {
  return permissions[role].includes(permission);
}
