import { pipelineJsonSchema } from "@sluice/core/pipeline/schema.ts";
import type { Command } from "commander";
import type { OpenSession } from "../session.ts";

export function addSchema(program: Command, open: OpenSession): void {
  program
    .command("schema")
    .description("print the JSON Schema of the pipeline file, for editors and other checkers; needs no server")
    .action((_: object, command: Command) => {
      const schema = pipelineJsonSchema();
      open(command).print(schema, () => `${JSON.stringify(schema, null, 2)}\n`);
    });
}
