import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Release } from "../../application/state.ts";
import { manifestOf } from "../../testing/manifests.ts";
import { editFile } from "./edit-file.ts";
import { gitTargetSchema } from "./schema.ts";
import { setInJson, setInYaml } from "./set-value.ts";

const digest = "a".repeat(64);
const release: Release = {
  version: "1.2.0",
  manifest: {
    ...manifestOf("1.2.0"),
    commit: "c0ffee".padEnd(40, "0"),
    components: [{ name: "web", kind: "image", sha256: digest, size: 1, repository: "registry.example/web" }],
  },
  digest: "b".repeat(64),
  publishedAt: 0,
  publishedBy: "ci",
};

/** The text of a file after a release came in, or why it could not. */
function edit(file: object, text: string): string {
  const [read] = gitTargetSchema.parse({ repository: "envs.git", files: [file] }).files;
  if (read === undefined) throw new Error("no file");
  const edited = editFile(read, text, release);
  return "text" in edited ? edited.text : edited.problem;
}

const values = `# What runs in production.
image:
  repository: registry.example/web   # ours
  tag: "1.1.0"

  digest: 'sha256:${"0".repeat(64)}'  # never by hand
replicas: 3
list:
    - { name: web, tag: 1.1.0 }
    - name: api
      tag:
---
kind: other
`;

describe("a YAML file", () => {
  const set = (to: object) => edit({ yaml: { path: "values.yaml", set: to } }, values);

  test("has its values changed in their places, and not a byte beside them", () => {
    const after = set({
      "image.tag": "{version}",
      "image.digest": "{digest:web}",
      "list.0.tag": "v{version}",
      "list[name=api].tag": "{version}",
      replicas: "{version}",
    });
    expect(after).toBe(
      values
        .replace('"1.1.0"', '"1.2.0"')
        .replace("0".repeat(64), digest)
        .replace("tag: 1.1.0", "tag: v1.2.0")
        .replace("tag:\n", "tag: 1.2.0\n")
        .replace("replicas: 3", "replicas: 1.2.0"),
    );
  });

  test("stays as it is where it says so already", () => {
    const once = set({ "image.tag": "{version}" });
    expect(edit({ yaml: { path: "values.yaml", set: { "image.tag": "{version}" } } }, once)).toBe(once);
  });

  test("is refused where it lacks the path, or what stands there is no single value", () => {
    expect(set({ "image.tga": "{version}" })).toBe("has nothing at image.tga");
    expect(set({ image: "{version}" })).toBe("has no single value at image");
    expect(set({ "list[name=gone].tag": "{version}" })).toMatch(/has nothing at/);
    expect(edit({ yaml: { path: "v.yaml", set: { a: "{version}" } } }, "a: [")).toMatch(/^is no YAML that can be read/);
    expect(edit({ yaml: { path: "v.yaml", set: { a: "{version}" } } }, "a: |\n  x\n")).toMatch(/has a block of text/);
    expect(edit({ yaml: { path: "v.yaml", set: { a: "{version}" } } }, "b: &x 1\na: *x\n")).toMatch(/no single value/);
    expect(edit({ yaml: { path: "v.yaml", set: { a: "{version}" } } }, "a: 1\n---\na: 2\n")).toMatch(/more than one/);
  });

  test("is refused what the release does not have", () => {
    expect(set({ "image.digest": "{digest:api}" })).toBe("1.2.0 has no component api; it has web");
  });

  test("says afterwards what was asked, whatever the value is, and nothing else changed", () => {
    const keys = fc.constantFrom("a", "b", "c");
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((value) => !/[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u.test(value));
    fc.assert(
      fc.property(
        keys,
        text,
        fc.constantFrom("{ a: 1, b: x, c: 'y' } # end\n", 'a: 1 # one\nb:\nc: "y"\n'),
        (key, value, file) => {
          const edited = setInYaml(file, key, value);
          if (!("text" in edited)) throw new Error(edited.problem);
          expect(parse(edited.text)).toEqual({ ...parse(file), [key]: value });
          expect(edited.text.replace(/[^#]*/, "")).toContain(file.replace(/[^#]*/, "").slice(0, 4));
          expect(setInYaml(edited.text, key, value)).toEqual(edited);
        },
      ),
    );
  });
});

describe("a JSON file", () => {
  test("keeps its form", () => {
    const text = '{\n\t"app": { "version" : "1.1.0", "n": [1, null] }\n}';
    expect(edit({ json: { path: "v.json", set: { "app.version": "{version}", "app.n.1": "{commit}" } } }, text)).toBe(
      text.replace("1.1.0", "1.2.0").replace("null", `"${release.manifest.commit}"`),
    );
    expect(edit({ json: { path: "v.json", set: { a: "{version}" } } }, "a: 1")).toMatch(/^is no JSON/);
    expect(setInJson('{"a":"x"}', "a", 'q"\\')).toEqual({ text: '{"a":"q\\"\\\\"}' });
  });
});

describe("a kustomization", () => {
  const head = "resources: [deployment.yaml]\n";
  const kustomize = (text: string, value = "{digest:web}") =>
    edit({ kustomize: { path: "kustomization.yaml", images: { web: value } } }, text);

  test("has the image's digest set, in place of its tag", () => {
    expect(
      kustomize(`${head}images:\n- name: web # ours\n  newName: r/web\n  newTag: 1.1.0\n- name: api\n  newTag: "2"\n`),
    ).toBe(
      `${head}images:\n- name: web # ours\n  digest: sha256:${digest}\n  newName: r/web\n- name: api\n  newTag: "2"\n`,
    );
    const set = `${head}images:\n  - name: web\n    digest: sha256:${"0".repeat(64)} # pinned\n`;
    expect(kustomize(set)).toBe(set.replace("0".repeat(64), digest));
    expect(kustomize(kustomize(set))).toBe(kustomize(set));
    expect(kustomize(set, "{version}@{digest:web}")).toBe(
      `${head}images:\n  - name: web\n    newTag: 1.2.0\n    digest: sha256:${digest} # pinned\n`,
    );
  });

  test("gets the image where it has none", () => {
    const entry = `  - name: web\n    newTag: 1.2.0\n`;
    expect(kustomize(head.trimEnd(), "{version}")).toBe(`${head}images:\n${entry}`);
    expect(kustomize(`images:\n  - name: api\n    newTag: "2"\n\n# end\n${head}`, "{version}")).toBe(
      `images:\n  - name: api\n    newTag: "2"\n${entry}\n# end\n${head}`,
    );
  });

  test("is refused where it is written in another way", () => {
    expect(kustomize(`${head}images: [{ name: web }]\n`)).toMatch(/one key to a line/);
    expect(kustomize("- a\n")).toMatch(/is no kustomization/);
  });
});

describe("values of a chart", () => {
  const helm = (text: string, value: string) =>
    edit({ helm: { path: "values.yaml", images: { "web.image": value } } }, text);
  const text = 'web:\n  image:\n    tag: "1.1.0"\n    digest: ""\n';

  test("have tag and digest set, whichever is said", () => {
    expect(helm(text, "{version}@{digest:web}")).toBe(
      `web:\n  image:\n    tag: "1.2.0"\n    digest: "sha256:${digest}"\n`,
    );
    expect(helm(text, "{version}")).toBe(text.replace("1.1.0", "1.2.0"));
  });

  test("are not left with a digest that would count more than the new tag", () => {
    expect(helm(text.replace('""', `sha256:${digest}`), "{version}")).toMatch(/counts more than the tag/);
    expect(helm("web: {}\n", "{version}")).toBe("has nothing at web.image.tag");
  });
});

test("a text file has the value in the place of the star, or is the value", () => {
  const set = (text: string, find?: string) =>
    edit({ text: { path: "f", set: "{version}", ...(find === undefined ? {} : { find }) } }, text);
  expect(set("x = 1\nversion = 1.1.0 # now\n", "version = *")).toBe("x = 1\nversion = 1.2.0 # now\n");
  expect(set('image: "shop:1.1.0"\n', '"shop:*"')).toBe('image: "shop:1.2.0"\n');
  expect(set("1.1.0\n")).toBe("1.2.0\n");
  expect(set("a=1\na=2\n", "a=*")).toMatch(/more than one place/);
  expect(set("b=1\n", "a=*")).toBe('has nothing like "a=*"');
});

test("a configuration that leads out, or names what nobody knows, is refused", () => {
  const accepts = (file: object) => gitTargetSchema.safeParse({ repository: "envs.git", files: [file] }).success;
  for (const path of ["../x", "/etc/passwd", "a/../b", ".git/config", "a//b", "a/.GIT/x", ""])
    expect(accepts({ text: { path, set: "{version}" } }), path).toBe(false);
  expect(accepts({ text: { path: "a", set: "{secret:X}" } })).toBe(false);
  expect(accepts({ yaml: { path: "a", set: { "a..b": "{version}" } } })).toBe(false);
  expect(accepts({ text: { path: "a/b", set: "{version}" } })).toBe(true);
});
