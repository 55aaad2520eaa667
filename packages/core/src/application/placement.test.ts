import { describe, expect, test } from "vitest";
import { sha256Hex } from "../log/digest.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import { publish } from "../testing/steps.ts";

const pipeline = pipelineOf(
  { name: "dev" },
  { name: "production", targets: [{ oci: { from: "registry.staging.example/shop", to: "registry.example/shop" } }] },
);
const image = (repository: string) =>
  publish("1.0.0", {
    components: [{ name: "web", kind: "image", sha256: sha256Hex("web"), size: 500, repository }],
  });

describe("what a stage promotes as images", () => {
  test("is published with a release, or the release is not", () => {
    given(pipeline)
      .when(publish("1.0.0"))
      .thenRejected("IMAGES_MISSING", /1\.0\.0 has no images, and production promotes images from registry\.staging/);
    const { world } = given(pipeline).when(publish("1.0.0"));
    expect(world.state.releases.size).toBe(0);
  });

  test.each(["registry.other.example/shop/web", "registry.staging.example/shopping/web"])(
    "is where the stage takes it from, not at %s",
    (repository) => {
      given(pipeline)
        .when(image(repository))
        .thenRejected("IMAGES_MISSING", /image web of 1\.0\.0 is at .* promotes images from .*Push it there/);
    },
  );

  test("is taken from there, and nobody asks for images where no stage promotes any", () => {
    const { world } = given(pipeline, image("registry.staging.example/shop/web"));
    expect(world.state.releases.has("1.0.0")).toBe(true);
    const { world: other } = given(pipelineOf({ name: "dev" }), publish("1.0.0"));
    expect(other.state.releases.has("1.0.0")).toBe(true);
  });
});
