import type { Release } from "../../application/state.ts";

const placeholder = /\{(version|commit|digest(?::([a-z0-9._-]+))?)\}/g;

/** Whether a text has no braces but those of placeholders: `{version}`, `{commit}`, `{digest}`, `{digest:COMPONENT}`. */
export function isTemplate(text: string): boolean {
  return !/[{}]/.test(text.replace(placeholder, ""));
}

/**
 * Puts in what a release says: its version, its source commit, the digest of its manifest, and `sha256:…` of one of its components.
 * @returns the text, or what the release lacks
 */
export function fill(template: string, release: Release): { readonly value: string } | { readonly problem: string } {
  const { version, manifest } = release;
  let problem: string | undefined;
  const value = template.replace(placeholder, (_, what: string, name: string | undefined) => {
    if (what === "version") return version;
    if (what === "commit") {
      problem ??= manifest.commit === undefined ? `${version} names no commit: publish with --commit SHA` : undefined;
      return manifest.commit ?? "";
    }
    if (name === undefined) return `sha256:${release.digest}`;
    const found = manifest.components.filter((component) => component.name === name);
    if (found.length !== 1)
      problem ??= `${version} has ${found.length === 0 ? "no component" : `${found.length} components`} ${name}; it has ${manifest.components.map((one) => one.name).join(", ")}`;
    return `sha256:${found[0]?.sha256 ?? ""}`;
  });
  return problem === undefined ? { value } : { problem };
}
