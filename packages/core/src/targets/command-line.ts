import { z } from "zod";

/** What only a shell would read, or what would have to be quoted for one. */
const shellOnly = /["'\\$`|&;<>()*?~#\n]/;

/** One argument of a program, or the value of a variable. */
export const word = z
  .string()
  .max(4_000)
  .regex(/^[^\0]*$/, "must not contain a zero character");

/** A program in the server's folder for commands and its arguments: a line that is split at its spaces, or a list. */
export const commandLineSchema = z
  .union([
    z
      .string()
      .min(1)
      .max(4_000)
      .refine(
        (line) => !shellOnly.test(line),
        "is run without a shell: write program and arguments as a list, or put them into a script",
      )
      .transform((line) => line.split(/\s+/).filter((part) => part !== "")),
    z.array(word).min(1).max(100),
  ])
  .refine(([program = ""]) => isInside(program), {
    error: "must begin with a path inside the server's folder for commands, such as ./bin/apply.sh",
  });

/** Whether a path leads to something inside the folder that it starts from. */
export function isInside(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
}
