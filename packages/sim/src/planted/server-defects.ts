import type { Defect } from "./defect.ts";

/** In the control plane, the controller and the stores. */
export const serverDefects: readonly Defect[] = [
  {
    name: "who comes second takes it as done",
    file: "server/src/control-plane/stream.ts",
    edits: [["            this.#queue.unshift(...batch);\n            return;\n", ""]],
  },
  {
    name: "an effect is recorded before it is done",
    file: "server/src/controller/controller.ts",
    edits: [
      ["    await this.#publisher.publish(app, texts);\n", ""],
      [
        "upTo: state.feeds.changedSeq, feeds }, controllerActor);\n",
        "upTo: state.feeds.changedSeq, feeds }, controllerActor);\n    await this.#publisher.publish(app, texts);\n",
      ],
    ],
  },
  {
    name: "a client that says something twice counts twice",
    file: "server/src/telemetry/memory/store.ts",
    edits: [["const before = said.get(clientKey) ?? nothingSaid;", "const before = nothingSaid;"]],
  },
];
