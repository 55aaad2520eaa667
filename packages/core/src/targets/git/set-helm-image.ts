import { type Edited, editAll } from "./edited.ts";
import { nodeAt, readDocuments, scalarText } from "./find-node.ts";
import { parseImageValue } from "./image-values.ts";
import { setInYaml } from "./set-value.ts";
import { parsePath } from "./value-path.ts";

/** Sets an image in the values of a Helm chart as charts have them: `tag` and `digest` beside each other, below a path. */
export function setHelmImage(text: string, path: string, value: string): Edited {
  const { tag, digest } = parseImageValue(value);
  const documents = readDocuments(text);
  if (typeof documents === "string") return { problem: documents };
  const at = parsePath(`${path}.digest`);
  const before = at && documents.map((document) => scalarText(nodeAt(document, at))).find((one) => one !== undefined);
  if (digest === undefined && before !== undefined && !["", "null", "~"].includes(before))
    return { problem: `has a digest at ${path}.digest, which counts more than the tag: set that one too` };
  return editAll(text, [
    (now) => (tag === undefined ? { text: now } : setInYaml(now, `${path}.tag`, tag)),
    (now) => (digest === undefined ? { text: now } : setInYaml(now, `${path}.digest`, digest)),
  ]);
}
