import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { registerUpdateMetrics, type UpdateMetrics } from "./update-metrics.ts";

/** What a server tells Prometheus of itself and of its clients' updates. */
export interface Metrics {
  readonly updates: UpdateMetrics;
  readonly contentType: string;
  /** @param route the route's pattern, never the address itself: series are bounded by it */
  countRequest(method: string, route: string, status: number): void;
  /** The metrics in Prometheus' text format. */
  text(): Promise<string>;
}

/** @param counts read when the metrics are shown: what is too frequent to be counted by labels as it happens */
export function createMetrics(
  plane: ControlPlane,
  options: {
    readonly version: string;
    readonly checks: () => number;
    readonly turns: () => number;
    readonly leads: () => boolean;
    readonly passedOver: () => number;
    readonly downloads: () => readonly { readonly app: string; readonly channel: string; readonly clients: number }[];
  },
): Metrics {
  const registry = new Registry();
  // The event loop's delay is sampled by a timer of its own: seldom, so that an idle server sleeps.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  const registers = [registry];
  const requests = new Counter({
    name: "sluice_http_requests_total",
    help: "Requests answered, but for update checks",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const checks = new Counter({ name: "sluice_update_checks_total", help: "Update checks answered", registers });
  const passedOver = new Counter({
    name: "sluice_newcomers_passed_over_total",
    help: "Update checks that let nobody in because too many clients of their address had not reported",
    registers,
  });
  const turns = new Counter({ name: "sluice_controller_turns_total", help: "Turns the controller took", registers });
  const leads = new Gauge({
    name: "sluice_controller_leads",
    help: "1 on the node that runs the controller",
    registers,
  });
  const downloads = new Gauge({
    name: "sluice_downloads",
    help: "Clients that download at the moment, of stages that have a ceiling",
    labelNames: ["app", "channel"],
    registers,
  });
  const events = new Counter({
    name: "sluice_events_appended_total",
    help: "Events that this node has seen appended to the log since it started",
    registers,
  });
  new Gauge({
    name: "sluice_build_info",
    help: "The version that runs",
    labelNames: ["version", "node"],
    registers,
  }).set({ version: options.version, node: process.version }, 1);
  plane.onChange((_app, appended) => events.inc(appended.length));
  const updates = registerUpdateMetrics(registry, plane);

  return {
    updates,
    contentType: registry.contentType,
    countRequest: (method, route, status) => requests.inc({ method, route, status }),
    async text() {
      await updates.refresh();
      checks.reset();
      checks.inc(options.checks());
      passedOver.reset();
      passedOver.inc(options.passedOver());
      turns.reset();
      turns.inc(options.turns());
      leads.set(options.leads() ? 1 : 0);
      for (const { app, channel, clients } of options.downloads()) downloads.set({ app, channel }, clients);
      return registry.metrics();
    },
  };
}
