import type { Command } from "commander";
import { addAgent } from "./commands/agent.ts";
import { addSchema } from "./commands/schema.ts";
import { runEdition } from "./edition.ts";
import { inProcess } from "./process.ts";
import type { OpenSession } from "./session.ts";

/** The `sluice` of a machine that only gets releases: what `npm run build:agent` makes one file of. */
const client = {
  description: "The client's side of Sluice: keeps one installation of an application up to date.",
  addCommands(program: Command, open: OpenSession, exitWith: (code: number) => void): void {
    addAgent(program, open, exitWith);
    addSchema(program, open);
  },
};

void inProcess((argv, io) => runEdition(client, argv, io));
