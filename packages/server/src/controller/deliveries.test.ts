import { fork } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sha256Of, startTestServer, type TestServer } from "../http/test-server.ts";

let folder: string;
let commands: string;
let sluice: TestServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-deliveries-"));
  commands = await mkdtemp(join(tmpdir(), "sluice-commands-"));
});
afterEach(async () => {
  await sluice?.close();
  sluice = undefined;
  await rm(folder, { recursive: true, force: true });
  await rm(commands, { recursive: true, force: true });
});

async function script(name: string, text: string): Promise<void> {
  await writeFile(join(commands, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(commands, name), 0o755);
}

/** What a call returns once it no longer fails. */
const eventually = <T>(call: () => Promise<T>): Promise<T> => vi.waitFor(call, { timeout: 20_000, interval: 20 });

const done = async () => (await readFile(join(commands, "done"), "utf8").catch(() => "")).trim().split("\n");
const pipeline = (app: string, targets: string) =>
  `apiVersion: sluice/v1\napp: ${app}\nstages:\n  - name: production\n    targets: [${targets}]\n`;

async function start(app: string, targets: string): Promise<TestServer> {
  sluice ??= await startTestServer({ dataDir: folder, commandsDir: commands });
  await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body: pipeline(app, targets) });
  return sluice;
}

interface Stage {
  readonly live: { readonly version: string } | null;
  readonly inconsistent: string | null;
  readonly targets: readonly { readonly name: string; readonly state: string; readonly has: string | null }[];
}

async function stageOf(server: TestServer, app: string): Promise<Stage | undefined> {
  const { body } = await server.call("GET", `/api/v1/apps/${app}/status`);
  return (body.stages as Stage[])[0];
}

const isLive = (server: TestServer, app: string, version: string) =>
  server.until(`${version} is live in ${app}`, async () => {
    const stage = await stageOf(server, app);
    return stage?.live?.version === version && stage.targets.every((target) => target.state === "applied");
  });

const one = "command: { deploy: ./a.sh }";
const two = "command: { deploy: ./b.sh }";

test("a stage's targets get a release one after another, and leave it in reverse", async () => {
  for (const name of ["a", "b"]) await script(`${name}.sh`, `echo "${name} $SLUICE_VERSION" >> done`);
  const server = await start("shop", `${one}, ${two}`);
  for (const version of ["1.0.0", "1.1.0"]) {
    await server.publish("shop", version);
    await isLive(server, "shop", version);
  }
  await server.call("POST", "/api/v1/apps/shop/stages/production/rollback", { body: { reason: "it harms" } });
  await isLive(server, "shop", "1.0.0");
  expect(await done()).toEqual(["a 1.0.0", "b 1.0.0", "a 1.1.0", "b 1.1.0", "b 1.0.0", "a 1.0.0"]);
});

test("one that fails for good takes the others back with it, and an issue says so", async () => {
  await script("a.sh", 'echo "a $SLUICE_VERSION" >> done');
  await script(
    "b.sh",
    '[ "$SLUICE_VERSION" = 1.1.0 ] && { echo "no such bucket"; exit 1; }; echo "b $SLUICE_VERSION" >> done',
  );
  const server = await start("shop", `${one}, ${two}`);
  await server.publish("shop", "1.0.0");
  await isLive(server, "shop", "1.0.0");
  await server.publish("shop", "1.1.0");
  await server.until("it has gone back", async () => {
    const stage = await stageOf(server, "shop");
    return (await done()).length === 5 && stage?.targets.every((target) => target.state === "applied") === true;
  });
  expect((await done()).slice(2)).toEqual(["a 1.1.0", "b 1.0.0", "a 1.0.0"]);
  const { body } = await server.call("GET", "/api/v1/apps/shop/issues");
  expect(body.issues).toMatchObject([
    {
      version: "1.1.0",
      severity: "critical",
      title: expect.stringMatching(/command-2: \.\/b\.sh ended with 1: no such bucket/),
    },
  ]);
});

test("one that hangs keeps no other application waiting, and is ended when its stage goes back", async () => {
  await script("a.sh", '[ "$SLUICE_VERSION" = 1.1.0 ] && sleep 600; echo "$SLUICE_APP $SLUICE_VERSION" >> done');
  const server = await start("slow", one);
  await start("quick", one);
  await server.publish("slow", "1.0.0");
  await isLive(server, "slow", "1.0.0");
  await server.publish("slow", "1.1.0");
  await server.publish("quick", "1.0.0");
  await isLive(server, "quick", "1.0.0");
  await server.call("POST", "/api/v1/apps/slow/stages/production/rollback", { body: { reason: "it hangs" } });
  await isLive(server, "slow", "1.0.0");
  expect(await done()).toEqual(["slow 1.0.0", "quick 1.0.0", "slow 1.0.0"]);
});

/** What a target is at when the server dies: it says where it is, and goes no further as long as the file `go` is not there. */
const at = (point: string) => `[ -e go ] || [ "$(cat stop)" != ${point} ] || { echo $$ > pid; sleep 600; }`;

test.each([
  ["before the first target was touched", "a-before", []],
  ["between the first target and its record", "a-after", ["a"]],
  ["between two targets", "b-before", ["a"]],
  ["between the last target and its record", "b-after", ["a", "b"]],
])(
  "a stage that a kill left half deployed, %s, is finished by the next server and complete only then",
  async (_, point, had) => {
    for (const name of ["a", "b"]) {
      const effect = `echo "$SLUICE_VERSION" > live-${name}; echo "${name} $SLUICE_EFFECT" >> done`;
      await script(`${name}.sh`, `${at(`${name}-before`)}; ${effect}; ${at(`${name}-after`)}`);
    }
    await writeFile(join(commands, "stop"), point);
    const live = async () => {
      const found = await Promise.all(
        ["a", "b"].map(async (name) =>
          (await readFile(join(commands, `live-${name}`), "utf8").catch(() => "")) ? [name] : [],
        ),
      );
      return found.flat();
    };
    const child = fork(join(import.meta.dirname, "../server-to-kill.ts"), [folder, commands], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [{ url, adminToken }] = (await once(child, "message")) as [{ url: string; adminToken: string }];
    const headers = { authorization: `Bearer ${adminToken}` };
    const send = (method: string, path: string, type: string, body: string) =>
      fetch(url + path, { method, body, headers: { ...headers, "content-type": type } });
    await send("PUT", "/api/v1/apps/shop/pipeline", "application/yaml", pipeline("shop", `${one}, ${two}`));
    await send("PUT", `/api/v1/blobs/${sha256Of("content")}`, "application/octet-stream", "content");
    const component = { name: "program", kind: "file", sha256: sha256Of("content"), size: 7 };
    const release = JSON.stringify({ version: "1.0.0", components: [component] });
    await send("POST", "/api/v1/apps/shop/releases", "application/json", release);
    const pid = await eventually(() => readFile(join(commands, "pid"), "utf8"));
    const killed = once(child, "exit");
    child.kill("SIGKILL");
    await killed;
    await eventually(async () => {
      // Nothing of it may meddle with what the next server does. A zombie that nobody has buried yet is over too.
      const status = await readFile(`/proc/${pid.trim()}/stat`, "utf8").catch(() => "gone Z ");
      expect(status).toMatch(/ [ZX] /);
    });
    expect(await live()).toEqual(had);
    await rm(join(commands, "pid"));
    const server = await startTestServer({ dataDir: folder, commandsDir: commands });
    sluice = server;
    const events = async () =>
      (await server.call("GET", "/api/v1/apps/shop/events", { token: null, headers })).body.events as {
        type: string;
        data: { target?: string };
      }[];
    // The next server is at the same place, and calls nothing complete.
    await eventually(() => readFile(join(commands, "pid"), "utf8"));
    const applied = (log: Awaited<ReturnType<typeof events>>) =>
      log.flatMap(({ type, data }) => (type === "TargetApplied" ? [data.target] : []));
    const before = await events();
    expect(before.map(({ type }) => type)).not.toContain("PromotionCompleted");
    expect(applied(before)).toEqual(point.startsWith("b") ? ["command"] : []);
    await writeFile(join(commands, "go"), "");
    // What sleeps is ended as its server would end it: with the whole group.
    process.kill(-Number(await readFile(join(commands, "pid"), "utf8")), "SIGKILL");
    await server.until("it is live", async () => (await events()).some(({ type }) => type === "PromotionCompleted"));
    expect(await live()).toEqual(["a", "b"]);
    expect(applied(await events())).toEqual(["command", "command-2"]);
    const effects = await done();
    for (const name of ["a", "b"])
      expect(new Set(effects.filter((line) => line.startsWith(name))).size, `names of the effect on ${name}`).toBe(1);
  },
);

test("those who approve see what would change; asking changes nothing, and what goes wrong is said too", async () => {
  await script("deploy.sh", 'echo "$SLUICE_VERSION" >> done');
  await script("plan.sh", 'echo "+ bucket for $SLUICE_VERSION"; exit 2');
  await script("broken.sh", "echo no such state >&2; exit 1");
  const server = await startTestServer({ dataDir: folder, commandsDir: commands });
  sluice = server;
  const target = (plan: string) => `command: { deploy: ./deploy.sh, plan: ${plan} }`;
  const stages = `stages:
  - name: production
    gates:
      - approval: { from: [ops-lead] }
    targets: [${target("./plan.sh")}, ${target("./broken.sh")}]`;
  await server.call("PUT", "/api/v1/apps/shop/pipeline", { body: `apiVersion: sluice/v1\napp: shop\n${stages}\n` });
  await server.publish("shop", "1.0.0");
  let plans: unknown[] = [];
  await server.until("both were asked", async () => {
    const { body } = await server.call("GET", "/api/v1/apps/shop/why/1.0.0/production");
    plans = (body.plans as unknown[] | undefined) ?? [];
    return plans.length === 2;
  });
  expect(plans).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ target: "command", changes: true, text: "+ bucket for 1.0.0\n" }),
      expect.objectContaining({ target: "command-2", changes: null, text: "./broken.sh ended with 1: no such state" }),
    ]),
  );
  expect(await done()).toEqual([""]);
});
