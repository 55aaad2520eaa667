import { mkdir, mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openServedDesk, until } from "../cli/harness.ts";
import { serveFolder } from "./file-server.ts";

interface Status {
  readonly stages: readonly {
    readonly live: { readonly version: string } | null;
    readonly active: null | {
      readonly version: string;
      readonly basisPoints: number;
      readonly ration?: { readonly offered: number; readonly ofClients: number; readonly inFlight: number };
    };
  }[];
}

const names = ["one", "two", "three", "four", "five", "six"];

const pipeline = (rollout: string) => `apiVersion: sluice/v1
app: shop
clients: { check-every: 1s }
stages:
  - name: stable
${rollout}    targets:
      - static: { folder: feeds/shop }
`;
const byEvidence = pipeline("    rollout: { evidence: { soak: 0s, report-deadline: 2m } }\n");

async function open() {
  const root = await mkdtemp(join(tmpdir(), "sluice-share-web-"));
  const web = await serveFolder(root);
  const desk = await openServedDesk({ staticDir: root });
  onTestFinished(async () => {
    await web.close();
    await desk.clear();
    await rm(root, { recursive: true, force: true });
  });
  const sluice = async (...argv: string[]) => {
    const outcome = await desk.sluice(argv);
    if (outcome.code !== 0) throw new Error(`${argv.join(" ")}: ${outcome.err}`);
    return outcome;
  };
  const status = async () => ((await sluice("status", "--json")).json() as Status).stages[0];
  return {
    ...desk,
    web,
    run: sluice,
    status,
    apply: async (text: string) => {
      await desk.file("sluice.yaml", text);
      return sluice("apply", "-f", "sluice.yaml");
    },
    publish: async (version: string, content: string) => {
      await desk.file("app", content);
      await sluice("publish", version, "--component", "app=app");
    },
    isLive: (version: string) => until(status, (stage) => stage?.live?.version === version && stage.active === null),
    /** Machines that read the folder alone, and tell the server how it went. */
    async machines() {
      const { token } = (await sluice("token", "create", "--name", "fleet", "--role", "client", "--json")).json() as {
        token: string;
      };
      const pinned = await fetch(`${web.url}/feeds/shop/metadata/1.root.json`);
      await desk.file("root.json", await pinned.text());
      for (const name of names) {
        await mkdir(join(desk.folder, name));
        const config = {
          ...{ app: "shop", server: web.url, static: true, reports: desk.server.url, token, "client-id": name },
          ...{
            root: "../root.json",
            folder: "install",
            update: { channel: "stable", rollback: { healthCheckTimeout: "2s" } },
          },
          health: { command: ["grep", "-q", "well", "{current}/app"] },
        };
        await desk.file(join(name, "agent.yaml"), JSON.stringify(config));
      }
    },
    /** All of them look for updates, one after the other. @returns who got to another version, or tried */
    async update(version: string) {
      const got: string[] = [];
      for (const name of names) {
        const { code } = await desk.sluice(["agent", "update", "--config", join(name, "agent.yaml")]);
        const current = await readlink(join(desk.folder, name, "install", "current")).catch(() => "");
        if (code !== 0 || current === `versions/${version}`) got.push(name);
      }
      return got;
    },
  };
}

const offeredTo = (count: number) => (stage: Status["stages"][number] | undefined) =>
  stage?.active?.ration?.offered === count && stage.active.basisPoints > 0;

test("machines that read files get a release by a share that rises as their reports pay for it, and a bad one harms the first two", async () => {
  const at = await open();
  await at.apply(pipeline(""));
  await at.publish("1.0.0", "well");
  await at.isLive("1.0.0");
  await at.machines();
  expect(await at.update("1.0.0")).toEqual(names);
  await until(
    async () => (await at.run("releases", "--json")).out,
    (text) => text.includes("1.0.0"),
  );

  await at.apply(byEvidence);
  await at.publish("1.1.0", "well too");
  const first = await until(at.status, offeredTo(2));
  expect(first?.active?.ration).toMatchObject({ ofClients: 6, inFlight: 2 });
  expect((await at.run("status")).out).toMatch(/%: 2 of 6 clients, 2 of 2 at risk/);
  expect((await at.run("why", "1.1.0", "stable")).out).toContain("the published share takes in 2 of 6 clients");
  const answers = await Promise.all(
    names.map(async (name) => (await at.run("why", "1.1.0", "stable", "--client", name)).out),
  );
  expect(answers.filter((text) => / gets 1\.1\.0 with its next check/.test(text))).toHaveLength(2);
  expect(answers.filter((text) => /the evidence pays for; this client's place is \d/.test(text))).toHaveLength(4);
  const two = await at.update("1.1.0");
  expect(two).toHaveLength(2);

  await until(at.status, (stage) => (stage?.active?.ration?.offered ?? 0) > 2);
  const more = await at.update("1.1.0");
  expect(more.length).toBeGreaterThan(2);
  expect(more).toEqual(expect.arrayContaining(two));
  while ((await at.update("1.1.0")).length < names.length);
  await at.isLive("1.1.0");

  await at.publish("1.2.0", "broken");
  await until(at.status, offeredTo(2));
  const harmed = await at.update("1.2.0");
  expect(harmed).toHaveLength(2);
  await at.isLive("1.1.0");
  expect((await at.run("why", "1.2.0", "stable")).out).toContain("2 of 2 clients failed");
  expect(await at.update("1.2.0")).toEqual([]);
}, 180_000);

test("where nobody knows how many clients there are no share is small enough, and that is said", async () => {
  const at = await open();
  await at.apply(byEvidence);
  await at.publish("1.0.0", "well");
  await until(
    async () => (await at.run("why", "1.0.0", "stable")).out,
    (text) => text.includes("nobody knows how many clients there are"),
  );
  expect((await at.status())?.active).toMatchObject({ basisPoints: 0 });
  await at.apply(byEvidence.replace("soak: 0s", "soak: 0s, fleet: 1000"));
  const stage = await until(at.status, offeredTo(2));
  expect(stage?.active?.basisPoints).toBe(16);
}, 60_000);
