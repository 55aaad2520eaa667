/** What a token may be for, by contract; `client` is what an installed copy has. */
export const roles = ["viewer", "publisher", "approver", "operator", "admin", "client"] as const;
export type Role = (typeof roles)[number];

/** Everything that somebody may be allowed. */
export type Permission = "read" | "download" | "report" | "publish" | "attest" | "approve" | "operate" | "administer";

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ["read", "download"],
  publisher: ["read", "download", "publish", "attest"],
  approver: ["read", "download", "attest", "approve"],
  operator: ["read", "download", "report", "attest", "operate"],
  client: ["download", "report"],
  admin: ["read", "download", "report", "publish", "attest", "approve", "operate", "administer"],
};

export function allows(role: Role, permission: Permission): boolean {
  return permissions[role].includes(permission);
}
