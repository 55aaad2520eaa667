import { z } from "zod";
import { durationValue } from "../../pipeline/values.ts";
import type { Finding } from "../finding.ts";

const exitCodesSchema = z.array(z.int().min(0).max(255)).max(20);

/** A program that is run and whose exit code is the verdict. Durations become ms. */
export const commandSchema = z
  .strictObject({
    run: z
      .array(
        z
          .string()
          .max(4_000)
          .regex(/^[^\0]*$/, "must not contain a zero character"),
      )
      .min(1)
      .max(100)
      .refine(([program = ""]) => isInside(program), {
        path: [0],
        error: "must be a path inside the server's folder for commands, such as check.sh",
      })
      .describe("The program, in the server's folder for commands, and its arguments. No shell reads them"),
    env: z
      .record(
        z.string(),
        z
          .string()
          .max(4_000)
          .regex(/^[^\0]*$/, "must not contain a zero character"),
      )
      .refine(
        (env) => Object.keys(env).every((name) => /^(?!SLUICE_)[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)),
        "must hold names of variables, none of them one of Sluice's own",
      )
      .refine((env) => Object.keys(env).length <= 50, "must not name more than 50 variables")
      .default({})
      .describe("Variables of its environment"),
    secrets: z
      .array(z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret, such as API_TOKEN"))
      .max(20)
      .default([])
      .describe("Secrets of the server that it finds in its environment; its output is kept without them"),
    timeout: durationValue
      .refine((ms) => ms >= 1 && ms <= 3_600_000, "must be between 1ms and 1h")
      .default(60_000)
      .describe("When it is ended, together with everything that it started"),
    "exit-codes": z
      .strictObject({
        pass: exitCodesSchema.default([0]),
        fail: exitCodesSchema.default([1]),
        inconclusive: exitCodesSchema.default([]),
      })
      .refine(({ pass, fail, inconclusive }) => {
        const all = [...pass, ...fail, ...inconclusive];
        return new Set(all).size === all.length;
      }, "must not give one exit code two meanings")
      .default({ pass: [0], fail: [1], inconclusive: [] })
      .describe("What its exit codes mean. Any other is an error of the measurement"),
  })
  .refine(({ env, secrets }) => secrets.every((name) => !Object.hasOwn(env, name)), {
    path: ["secrets"],
    error: "must not name what env sets",
  });

export type CommandProbe = z.output<typeof commandSchema>;

/** A program that ended by itself. */
export interface CommandExit {
  readonly exitCode: number;
  readonly durationMs: number;
  /** The end of what it wrote, without secrets. */
  readonly output: string;
}

/** Says what an exit code means. */
export function judgeCommand(probe: CommandProbe, { exitCode, durationMs, output }: CommandExit): Finding {
  const codes = probe["exit-codes"];
  const verdict =
    (["pass", "fail", "inconclusive"] as const).find((meaning) => codes[meaning].includes(exitCode)) ?? "error";
  const last = output.trimEnd().split("\n").at(-1)?.slice(0, 200) ?? "";
  const means = verdict === "error" ? ", which means nothing that the pipeline names" : "";
  return {
    verdict,
    reason: `${probe.run[0]} ended with ${exitCode}${means}${last === "" ? "" : `: ${last}`}`,
    evidence: { run: probe.run, exitCode, durationMs, exitCodes: codes, output },
  };
}

function isInside(program: string): boolean {
  return program !== "" && !program.startsWith("/") && !program.split("/").includes("..");
}
