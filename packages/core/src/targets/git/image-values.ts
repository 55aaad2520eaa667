/** What an environment's files say of an image: `TAG`, `sha256:…`, or `TAG@sha256:…`. */
export interface ImageValue {
  readonly tag?: string;
  readonly digest?: string;
}

export function parseImageValue(text: string): ImageValue {
  const at = text.lastIndexOf("sha256:");
  if (at < 0) return { tag: text };
  const digest = text.slice(at);
  const tag = text.slice(0, at).replace(/@$/, "");
  return tag === "" ? { digest } : { tag, digest };
}
