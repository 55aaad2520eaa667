import { nameSchema, platformSchema } from "@sluice/core/release/manifest.ts";
import { usage } from "../failure.ts";

/** What `--component NAME[@OS-ARCH]=PATH` says. */
export interface ComponentOption {
  readonly name: string;
  readonly platform?: string;
  readonly path: string;
}

/** Reads the value of a `--component` option. @throws Failure (usage) */
export function parseComponentOption(text: string): ComponentOption {
  const equals = text.indexOf("=");
  const [name = "", platform, ...rest] = text.slice(0, Math.max(0, equals)).split("@");
  const path = text.slice(equals + 1);
  const problem =
    equals < 0 || rest.length > 0 || path === ""
      ? "it has another form"
      : (problemOf("the name", nameSchema.safeParse(name)) ??
        (platform === undefined ? undefined : problemOf("the platform", platformSchema.safeParse(platform))));
  if (problem !== undefined)
    throw usage(
      `--component ${text}: must be NAME=PATH or NAME@OS-ARCH=PATH, for example server@linux-x64=dist/server; ${problem}.`,
    );
  return { name, path, ...(platform === undefined ? {} : { platform }) };
}

function problemOf(what: string, read: ReturnType<typeof nameSchema.safeParse>): string | undefined {
  return read.success ? undefined : `${what} ${read.error.issues[0]?.message}`;
}
