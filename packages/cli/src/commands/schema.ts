import { Argument, type Command } from "commander";
import type { OpenSession } from "../session.ts";

const schemas = {
  pipeline: async () => (await import("@sluice/core/pipeline/schema.ts")).pipelineJsonSchema(),
  agent: async () => (await import("@sluice/updater/agent/config-schema.ts")).configJsonSchema(),
};

export function addSchema(program: Command, open: OpenSession): void {
  program
    .command("schema")
    .description("print the JSON Schema of sluice.yaml or agent.yaml, for editors and other checkers; needs no server")
    .addArgument(new Argument("[file]", "which file's").choices(Object.keys(schemas)).default("pipeline"))
    .action(async (file: keyof typeof schemas, _: object, command: Command) => {
      const schema = await schemas[file]();
      open(command).print(schema, () => `${JSON.stringify(schema, null, 2)}\n`);
    });
}
