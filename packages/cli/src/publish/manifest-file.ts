import { parseYaml } from "@sluice/core/pipeline/parse.ts";
import { compatibilitySchema, type Manifest, nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { exitCodes, Failure, usage } from "../failure.ts";
import { plural } from "../output/text.ts";

/** What a `--manifest` file may say: everything of a release but its components, which are read from disk. */
const manifestFileSchema = z
  .strictObject({
    app: nameSchema,
    version: versionSchema,
    minimumVersion: versionSchema,
    mandatory: z.boolean(),
    mandatoryWithinSeconds: z.int().min(0).max(31_536_000),
    compatibility: compatibilitySchema,
    notes: z.string().max(100_000),
    commit: z.string().regex(/^[0-9a-f]{7,64}$/, "must be a commit: 7 to 64 lower-case hexadecimal digits"),
  })
  .partial();

export type ManifestFile = { [Key in keyof Omit<Manifest, "components">]?: Manifest[Key] };

/**
 * Reads a manifest file, YAML or JSON.
 * @throws Failure (usage) with line and column of everything that is wrong, or when it is for another release
 */
export function parseManifestFile(
  text: string,
  options: { readonly file: string; readonly version: string; readonly app: string | undefined },
): ManifestFile {
  const { file, version, app } = options;
  const read = parseYaml(text, manifestFileSchema);
  if ("problems" in read)
    throw new Failure(
      exitCodes.usage,
      "RELEASE_INVALID",
      `${file} has ${plural(read.problems.length, "problem")}. Nothing was published.`,
      { problems: read.problems, file },
    );
  const said = Object.fromEntries(
    Object.entries(read.value).filter(([, value]) => value !== undefined),
  ) as ManifestFile;
  if (said.version !== undefined && said.version !== version)
    throw usage(`${file} is for version ${said.version}, but ${version} is to be published.`);
  if (said.app !== undefined && app !== undefined && said.app !== app)
    throw usage(`${file} is for application ${said.app}, but ${app} was named.`);
  return said;
}
