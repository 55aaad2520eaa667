import { sha256Hex } from "@sluice/core/log/digest.ts";
import { Random } from "../../fleet/random.ts";

/** Who is told of what, as the lines of the pipeline file: drawn from its stages, which leaves all other draws as they are. */
export function drawNotifications(stages: string): string {
  const random = new Random(Number.parseInt(sha256Hex(stages).slice(0, 8), 16), 64);
  if (random.chance(0.5)) return "";
  const people = [
    "  - { name: chat, kind: slack, address: CHAT }",
    "  - { name: desk, kind: webhook, address: DESK, about: [rollbacks, completions, troubles] }",
    "  - { name: lab, kind: mail, address: LAB, stages: [dev] }",
  ].filter(() => random.chance(0.6));
  return people.length === 0 ? "" : `notifications:\n${people.join("\n")}\n`;
}
