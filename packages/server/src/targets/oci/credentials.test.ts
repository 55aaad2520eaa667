import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registryCredentialsSchema } from "@sluice/core/targets/oci.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { credentialsFrom } from "./credentials.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-credentials-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const signal = () => new AbortController().signal;
const program = async (name: string, lines: string) => {
  await writeFile(join(folder, name), `#!/bin/sh\n${lines}\n`);
  await chmod(join(folder, name), 0o755);
};
const ask = (run: string | string[], from: string | undefined = folder) => {
  const config = registryCredentialsSchema.parse({ command: { user: "AWS", run } });
  const find = credentialsFrom(config, { secrets: () => undefined, folder: from, dockerConfig: undefined });
  return find("registry.example", signal());
};

describe("a program that prints a password", () => {
  test("is asked with its arguments, and is not told the server's own secrets", async () => {
    vi.stubEnv("AWS_PROFILE", "production");
    vi.stubEnv("SLUICE_SECRET_OTHER", "0ther");
    await program("password.sh", 'echo "$1-$AWS_PROFILE-$SLUICE_SECRET_OTHER"');
    expect(await ask("./password.sh eu-west-1")).toEqual({ username: "AWS", password: "eu-west-1-production-" });
  });

  test.each([
    ["fails", 'echo "s3cret"; echo "s3cret" >&2; exit 3', /^\.\/bad\.sh failed \(3\)$/],
    ["prints nothing", "exit 0", /^\.\/bad\.sh printed no password$/],
  ])("and %s is named, without what it said", async (_, lines, why) => {
    await program("bad.sh", lines);
    await expect(ask("./bad.sh")).rejects.toThrow(why);
  });

  test("runs only from the server's folder for commands", async () => {
    await expect(ask("./gone.sh")).rejects.toThrow(/there is no \.\/gone\.sh in the server's folder for commands/);
    const find = credentialsFrom(
      { command: { user: "AWS", run: ["./password.sh"] } },
      { secrets: () => undefined, folder: undefined, dockerConfig: undefined },
    );
    await expect(find("registry.example", signal())).rejects.toThrow(/runs no commands. Start it with --commands/);
    expect(registryCredentialsSchema.safeParse({ command: { user: "AWS", run: "/bin/sh -c id" } }).success).toBe(false);
  });
});
