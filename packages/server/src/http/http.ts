import { createServer, type Server } from "node:http";
import { type FastifyBaseLogger, fastify } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { requireTokens } from "./auth.ts";
import { bodies } from "./bodies.ts";
import { UpdateCheck } from "./check/check.ts";
import type { HttpContext } from "./context.ts";
import { describeApi } from "./describe.ts";
import { answerErrors } from "./errors.ts";
import { alertmanagerHookRoutes } from "./routes/alertmanager-hook.ts";
import { approvalRoutes } from "./routes/approvals.ts";
import { appRoutes } from "./routes/apps.ts";
import { artifactRoutes } from "./routes/artifacts.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { checkRoutes } from "./routes/checks.ts";
import { consoleRoutes } from "./routes/console.ts";
import { driftRoutes } from "./routes/drift.ts";
import { eventRoutes } from "./routes/events.ts";
import { feedRoutes } from "./routes/feeds.ts";
import { freezeRoutes } from "./routes/freezes.ts";
import { githubHookRoutes } from "./routes/github-hook.ts";
import { healthRoutes } from "./routes/health.ts";
import { hookRoutes } from "./routes/hooks.ts";
import { identityRoutes } from "./routes/identity.ts";
import { incidentRoutes } from "./routes/incidents.ts";
import { issueRoutes } from "./routes/issues.ts";
import { measurementRoutes } from "./routes/measurements.ts";
import { openApiRoutes } from "./routes/openapi.ts";
import { pipelineRoutes } from "./routes/pipeline.ts";
import { policyRoutes } from "./routes/policies.ts";
import { promotionRoutes } from "./routes/promotions.ts";
import { releaseRoutes } from "./routes/releases.ts";
import { reportRoutes } from "./routes/reports.ts";
import { rollbackRequestRoutes } from "./routes/rollback-requests.ts";
import type { App } from "./routes/route.ts";
import { stageRoutes } from "./routes/stages.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { updateRoutes } from "./routes/updates.ts";
import { whyClientRoutes } from "./routes/why-client.ts";
import { secureHeaders } from "./secure-headers.ts";
import { endSlowBodies } from "./slow-bodies.ts";
import { refuseUnreadable } from "./write-problem.ts";

const jsonBytesMax = 1024 * 1024;
const headerBytesMax = 16 * 1024;
const headersMs = 30_000;
const keepAliveMs = 65_000;

const routes = [
  alertmanagerHookRoutes,
  appRoutes,
  approvalRoutes,
  blobRoutes,
  checkRoutes,
  consoleRoutes,
  eventRoutes,
  feedRoutes,
  freezeRoutes,
  githubHookRoutes,
  healthRoutes,
  hookRoutes,
  incidentRoutes,
  artifactRoutes,
  policyRoutes,
  issueRoutes,
  measurementRoutes,
  openApiRoutes,
  pipelineRoutes,
  promotionRoutes,
  releaseRoutes,
  reportRoutes,
  rollbackRequestRoutes,
  stageRoutes,
  driftRoutes,
  tokenRoutes,
  identityRoutes,
  updateRoutes,
  whyClientRoutes,
];

/** Builds the HTTP side of a server: everything but listening. */
export async function buildHttp(context: HttpContext): Promise<App> {
  const { check, metrics, plane } = context;
  const app = fastify({
    loggerInstance: warnings(context.logger),
    trustProxy: context.trustProxy ?? false,
    bodyLimit: jsonBytesMax,
    // Names in an address are checked by their schemas, which say what is wrong.
    routerOptions: { maxParamLength: headerBytesMax },
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: refuseUnreadable,
    serverFactory: (handler) => {
      const server: Server = createServer(
        { maxHeaderSize: headerBytesMax, headersTimeout: headersMs, requestTimeout: 0 },
        (request, response) => {
          // While closing, each answer ends its connection.
          if (!server.listening) response.shouldKeepAlive = false;
          if (UpdateCheck.isCheck(request)) check.answer(request, response);
          else handler(request, response);
        },
      );
      server.keepAliveTimeout = keepAliveMs;
      return server;
    },
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await describeApi(app, context.version);
  secureHeaders(app);
  answerErrors(app, context.logger);
  requireTokens(app, plane);
  endSlowBodies(app);
  bodies(app);
  app.addHook("onResponse", async (request, reply) => {
    metrics.countRequest(request.method, request.routeOptions.url ?? "none", reply.statusCode);
  });
  for (const add of routes) await app.register(async (scope: App) => add(scope, context));
  await app.ready();
  return app;
}

/** The framework's own log: every request would be a line in it, so only what it warns of. */
function warnings(logger: Logger): FastifyBaseLogger {
  return logger.child({}, { level: logger.isLevelEnabled("warn") ? "warn" : logger.level });
}
