import { expect, test } from "vitest";
import { secretsOf } from "./secrets.ts";

test("only what is marked as a secret of pipelines can be named", () => {
  const secrets = secretsOf({ SLUICE_SECRET_TOKEN: "t", SLUICE_TOKEN: "admin", PATH: "/bin" });
  expect(["TOKEN", "PATH", "SLUICE_TOKEN"].map(secrets)).toEqual(["t", undefined, undefined]);
});
