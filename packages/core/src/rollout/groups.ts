import { z } from "zod";

/** An attribute by which clients are told apart: `platform`, or the name of an `X-Attribute-NAME` in lower case. */
export const attributeSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "must be an attribute in lower case, such as region, or platform");

/** What a client says of itself that groups are made of. */
export interface Member {
  readonly platform?: string;
  /** Lower-case name → value. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Values that are longer make no group. */
const longestValue = 64;

/**
 * The groups that a client belongs to, such as `region=eu`: one for each of the attributes that it names.
 * @param attributes `platform`, or names of `X-Attribute-NAME` in lower case
 */
export function groupsOf(member: Member, attributes: readonly string[]): string[] {
  return attributes.flatMap((name) => {
    const value = attributeValue(member, name);
    return value === undefined || value === "" || value.length > longestValue ? [] : [`${name}=${value}`];
  });
}

/** What a client says of one attribute of itself. */
export function attributeValue({ platform, attributes }: Member, name: string): string | undefined {
  return name === "platform" ? (platform ?? attributes[name]) : attributes[name];
}

/** Whether a client belongs to a group of that name. */
export function belongsTo(member: Member, group: string): boolean {
  return groupsOf(member, [group.slice(0, group.indexOf("="))]).includes(group);
}
