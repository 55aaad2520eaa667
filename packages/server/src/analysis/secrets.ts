import type { Secrets } from "./provider.ts";

/** A text names a secret that the server does not have. */
export class MissingSecret extends Error {
  constructor(name: string) {
    super(`the server has no secret ${name}: start it with SLUICE_SECRET_${name} in its environment`);
    this.name = "MissingSecret";
  }
}

/** The secrets that one measurement uses, so that they can be kept out of what it leaves behind. */
export class UsedSecrets {
  readonly #secrets: Secrets;
  readonly #used = new Set<string>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** A secret's value. Throws MissingSecret. */
  value(name: string): string {
    const value = this.#secrets(name);
    if (value === undefined || value === "") throw new MissingSecret(name);
    this.#used.add(value);
    return value;
  }

  /** Puts secrets in for `${secret:NAME}`. Throws MissingSecret. */
  fill(text: string): string {
    return text.replace(/\$\{secret:([A-Z][A-Z0-9_]*)\}/g, (_, name: string) => this.value(name));
  }

  /** Takes every secret that was used out of a text. */
  mask(text: string): string {
    return [...this.#used].reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
  }
}

/**
 * The secrets of an environment: its variables `SLUICE_SECRET_NAME`, by NAME. Nothing else of the environment can be named
 * in a pipeline.
 */
export function secretsOf(environment: Readonly<Record<string, string | undefined>>): Secrets {
  return (name) => environment[`SLUICE_SECRET_${name}`];
}
