import { z } from "zod";

const repositoryPatterns = [
  // No user: a secret would stand in the pipeline, and in the log.
  /^https:\/\/[A-Za-z0-9[][^\s/@]*\/[^\s\p{Cc}]+$/u,
  /^ssh:\/\/(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9[][^\s/@]*\/[^\s\p{Cc}]+$/u,
  /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!-)[^\s\p{Cc}]+$/u,
  /^(?!(?:.*\/)?\.\.(?:\/|$))[A-Za-z0-9_.][\w./+-]*$/,
];

/** On this machine nobody listens in. */
const loopbackPattern = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\/[^\s@]+$/;

/** The address of a git repository, or its path inside the server's folder for repositories. */
export const repositorySchema = z
  .string()
  .max(500)
  .refine(
    (name) => repositoryPatterns.some((pattern) => pattern.test(name)),
    "must be https://HOST/PATH without a user, ssh://HOST/PATH, USER@HOST:PATH, or a path inside the server's folder for repositories",
  );

/** The same, or an address in the clear on this machine. */
export const reachableRepositorySchema = z
  .string()
  .max(500)
  .refine(
    (name) => loopbackPattern.test(name) || repositoryPatterns.some((pattern) => pattern.test(name)),
    "must be https://HOST/PATH without a user, ssh://HOST/PATH, USER@HOST:PATH, or a path inside the server's folder for repositories",
  )
  .refine((name) => !/(?:^|[/:])\.\.?(?:\/|$)|%2e/i.test(name), "must not contain . or .. as a part of its path");

/** A part of what git allows in names of tags and branches: no patterns, nothing that begins like an option. */
const refPattern = /^(?!.*(?:\.\.|\/\/|\/\.|@\{))[\p{L}\p{N}_@][\p{L}\p{N}_@./+#-]*(?<![./]|\.lock)$/u;

export function isRef(name: string): boolean {
  return name.length <= 200 && refPattern.test(name);
}
