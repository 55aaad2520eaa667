import type { Release } from "../../application/state.ts";
import { type Edited, editAll } from "./edited.ts";
import { fill } from "./fill.ts";
import type { GitFile } from "./schema.ts";
import { setHelmImage } from "./set-helm-image.ts";
import { setKustomizeImage } from "./set-kustomize-image.ts";
import { setText } from "./set-text.ts";
import { setInJson, setInYaml } from "./set-value.ts";

type SetValue = (text: string, at: string, value: string) => Edited;

/** The path of a file that says which release is there. */
export function pathOf(file: GitFile): string {
  return whatOf(file).path;
}

/** The text of a file that says that a release is there; or why it cannot say so. */
export function editFile(file: GitFile, text: string, release: Release): Edited {
  const { values, set } = whatOf(file);
  return editAll(
    text,
    values.map(([at, template]) => (now) => {
      const filled = fill(template, release);
      return "problem" in filled ? filled : set(now, at, filled.value);
    }),
  );
}

function whatOf(file: GitFile): { path: string; values: [string, string][]; set: SetValue } {
  if (file.yaml) return { path: file.yaml.path, values: Object.entries(file.yaml.set), set: setInYaml };
  if (file.json) return { path: file.json.path, values: Object.entries(file.json.set), set: setInJson };
  if (file.kustomize)
    return { path: file.kustomize.path, values: Object.entries(file.kustomize.images), set: setKustomizeImage };
  if (file.helm) return { path: file.helm.path, values: Object.entries(file.helm.images), set: setHelmImage };
  if (file.text === undefined) throw new Error("a file of no kind passed the schema");
  const { path, find, set } = file.text;
  return { path, values: [["", set]], set: (text, _, value) => setText(text, find, value) };
}
