/** What a measurement is of: what the placeholders of a pipeline file stand for. */
export interface Subject {
  readonly app: string;
  readonly stage: string;
  readonly version: string;
  /** The release that was live before, if any. */
  readonly previous?: string;
}

const placeholder = /\$\{([^}]*)\}/g;
const names = ["app", "stage", "version", "previous"] as const;
/** How a secret is named in the texts that may hold one. */
export const secretForm = `\${secret:NAME}`;

/** What is wrong with a text's placeholders, or undefined. `${secret:NAME}` is allowed only where secrets are. */
export function placeholderProblem(text: string, options: { secrets?: boolean } = {}): string | undefined {
  for (const [whole, name = ""] of text.matchAll(placeholder)) {
    if (names.some((known) => known === name)) continue;
    if (options.secrets === true && /^secret:[A-Z][A-Z0-9_]{0,63}$/.test(name)) continue;
    const known = names.map((known) => `\${${known}}`).join(", ");
    return `names ${whole}, which stands for nothing; known are ${known}${options.secrets === true ? ` and ${secretForm}` : ""}`;
  }
  return undefined;
}

/** Puts in what the placeholders stand for; `${previous}` is empty where nothing was live before. */
export function fillIn(text: string, subject: Subject, encode: (value: string) => string = (value) => value): string {
  return text.replace(placeholder, (whole, name: string) => {
    const known = names.find((candidate) => candidate === name);
    return known === undefined ? whole : encode(subject[known] ?? "");
  });
}
