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
  {
    name: "an answer is given before what it says is on disk",
    file: "server/src/control-plane/stream.ts",
    edits: [
      [
        "        const result = await this.#store.append(this.name, from.seq, decided.events);",
        "        for (const [i, pending] of batch.entries()) {\n          const answer = decided.answers[i];\n          if (answer !== undefined) pending.resolve(isRejection(answer) ? answer : { events: answer, state: this.#state });\n        }\n        const result = await this.#store.append(this.name, from.seq, decided.events);",
      ],
    ],
  },
  {
    name: "the log's time follows the clock backwards",
    file: "server/src/control-plane/stream.ts",
    edits: [["return Math.max(this.#clock.now(), this.#lastAt);", "return this.#clock.now();"]],
  },
  {
    name: "a report is acknowledged before it is stored",
    file: "server/src/control-plane/control-plane.ts",
    edits: [["    await this.reports.record([", "    void this.reports.record(["]],
  },
  {
    name: "a target's effect is recorded before it is done",
    file: "server/src/controller/deliveries.ts",
    edits: [
      [
        "const evidence = await carryOut(this.#options.openTarget(target.spec), order, signal, tell);",
        "const evidence = {};",
      ],
      [
        "      delivery.failures.delete(target.name);\n    } catch",
        "      await carryOut(this.#options.openTarget(target.spec), order, signal, tell);\n      delivery.failures.delete(target.name);\n    } catch",
      ],
    ],
  },
  {
    name: "a turn that failed is not tried again",
    file: "server/src/controller/controller.ts",
    edits: [
      [
        "        this.#wakeAt(\n          app,\n          work,\n          this.#plane.clock.now() +",
        "        if (work.failures < 0) this.#wakeAt(\n          app,\n          work,\n          this.#plane.clock.now() +",
      ],
    ],
  },
  {
    name: "a grant counts although its holder leads no more",
    file: "server/src/telemetry/admitting.ts",
    edits: [
      [
        "ask.closed || grant === undefined || (grant.holder !== undefined && !holds(grant.holder))",
        "ask.closed || grant === undefined",
      ],
    ],
  },
  {
    name: "a client that failed counts as well",
    file: "server/src/telemetry/counting.ts",
    edits: [["healthy: !harmed && (said", "healthy: (said"]],
  },
  {
    name: "a result of an older demand counts for the newer",
    file: "core/src/application/record-target.ts",
    edits: [["return stage.demand?.asked === asked;", "return asked > 0 && stage.demand !== undefined;"]],
  },
  {
    name: "a server believes its events before they are stored",
    file: "server/src/control-plane/stream.ts",
    edits: [
      [
        "        const result = await this.#store.append(this.name, from.seq, decided.events);",
        "        this.#accept(decided.state, decided.head, decided.events);\n        const result = await this.#store.append(this.name, from.seq, decided.events);",
      ],
    ],
  },
  {
    name: "commands that come together are decided each by itself",
    file: "server/src/control-plane/stream.ts",
    edits: [
      [
        "this.#decider.decide(state, command, { now, actor })",
        "this.#decider.decide(this.#state, command, { now, actor })",
      ],
    ],
  },
  {
    name: "a publication is not waited for",
    file: "server/src/controller/controller.ts",
    edits: [
      [
        "    await this.#publisher.publish(app, texts);\n",
        "    void this.#publisher.publish(app, texts).catch(() => undefined);\n",
      ],
    ],
  },
  {
    name: "what could not be read is not read again",
    file: "server/src/control-plane/control-plane.ts",
    edits: [["if (error instanceof OperationalError && error.retryable) this.#readAgain(app, seq);", ""]],
  },
  {
    name: "who lost the lease leads on",
    file: "server/src/controller/lease.ts",
    edits: [
      [
        "await this.#step(lease !== undefined && !this.#ended);",
        "await this.#step((lease !== undefined || this.#leads) && !this.#ended);",
      ],
    ],
  },
  {
    name: "who is harmed twice counts twice",
    file: "server/src/telemetry/admitting.ts",
    edits: [
      ["failed: attempt.failed + change.failed,", "failed: attempt.failed + (isHarm(after) ? 1 : 0),"],
      [
        "failed: latest.failed || (harmed && !latest.answered),",
        "failed: latest.failed && harmed && !latest.answered,",
      ],
    ],
  },
  {
    name: "somebody is tried to be told only once",
    file: "server/src/notifications/notifier.ts",
    edits: [["if (tries === maxTries) {", "if (tries <= maxTries) {"]],
  },
  {
    name: "news that come while others are told wait for the next",
    file: "server/src/notifications/notifier.ts",
    edits: [["if (events.length === 0) return;", "if (events.length >= 0 && this.#seen.has(app)) return;"]],
  },
  {
    name: "who is told is not put down",
    file: "server/src/notifications/notifier.ts",
    edits: [
      [
        '    await plane.execute(news.app, { type: "RecordTold", told }, "sluice");\n',
        "    void plane.now(news.app + told.about);\n",
      ],
    ],
  },
  {
    name: "a server that ends keeps its lease",
    file: "server/src/controller/lease.ts",
    edits: [
      [
        "    await this.#options.events.release(controllerLease, this.#options.holder).catch(this.#options.failed);\n",
        "",
      ],
    ],
  },
  {
    name: "news that could not be read wait for the next",
    file: "server/src/notifications/notifier.ts",
    edits: [["        entry.again = true;\n      })", "      })"]],
  },
];
