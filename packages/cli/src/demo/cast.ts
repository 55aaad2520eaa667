import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { type Api, apiPath, createApi } from "../api/api.ts";
import type { CreatedToken } from "../api/shapes.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { agentIds, fleetSize, type StageName } from "./fleet-plan.ts";
import { freePorts } from "./ports.ts";
import { type DemoServer, startServer } from "./server.ts";
import type { Story } from "./story.ts";
import { waitFor } from "./wait.ts";

/** Everybody who takes part, and where. */
export interface Cast {
  readonly folder: string;
  readonly app: string;
  readonly pipeline: Pipeline;
  readonly server: DemoServer;
  readonly api: Api;
  readonly fleet: Fleet;
  /** Stops every process that was started. */
  leave(): Promise<void>;
}

const stages = Object.keys(fleetSize) as StageName[];

/** Starts the server, applies the pipeline and starts the agents. When that fails, nothing of it is left running. */
export async function openCast({
  folder,
  story,
  signal,
}: {
  readonly folder: string;
  readonly story: Story;
  readonly signal: AbortSignal;
}): Promise<Cast> {
  const source = await readFile(new URL("./sluice.yaml", import.meta.url), "utf8");
  const read = parsePipeline(source);
  if ("problems" in read) throw new Error(`the demo's pipeline: ${read.problems[0]?.message}`);
  const { pipeline } = read;
  const ids = stages.flatMap((stage) => agentIds(pipeline, stage).map((id) => ({ id, stage })));
  const [serverPort = 0, ...ports] = await freePorts(ids.length + 1);
  const server = await startServer({ folder, port: serverPort, signal });
  try {
    story.tell(`The server is at ${server.url}, its data in ${folder}`);
    const api = createApi({ url: server.url, token: await server.adminToken(), signal });
    await api.sendText("PUT", apiPath("apps", pipeline.app, "pipeline"), source, "application/yaml");
    const { body } = await api.send<CreatedToken>("POST", apiPath("tokens"), { name: "fleet", role: "client" });
    const root = await waitFor(
      "the server's first signed root",
      () => api.file(`/feeds/${pipeline.app}/metadata/1.root.json`),
      { withinMs: 20_000, signal },
    );
    const agents = ids.map(({ id, stage }, i) => ({
      id,
      stage,
      app: pipeline.app,
      server: server.url,
      port: ports[i] ?? 0,
      home: join(folder, "agents", id),
      root,
      token: body.token,
    }));
    const fleet = await startFleet(agents, signal);
    story.tell(`${agents.length} agents run: ${stages.map((stage) => `${fleetSize[stage]} on ${stage}`).join(", ")}`);
    const leave = async () => {
      await fleet.stop();
      await server.stop();
    };
    return { folder, app: pipeline.app, pipeline, server, api, fleet, leave };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
