import { randomUUID } from "node:crypto";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { operationalProblem, type Problem, ProblemError, problemError, problemMediaType } from "./problem.ts";
import type { ProblemCode } from "./problem-table.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The code of a body that does not have the required form; REQUEST_INVALID when absent. */
    readonly invalidBody?: ProblemCode;
  }
}

/** Answers everything that goes wrong in a route with a problem. What nobody expected is logged, and the client gets its id. */
export function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { problem, headers } = problemErrorOf(error, request, logger);
    return sendProblem(reply.headers(headers), problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const { problem } = problemError("ROUTE_NOT_FOUND", `There is no ${request.method} ${request.url.split("?")[0]}.`);
    return sendProblem(reply, problem);
  });
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ "content-type": problemMediaType, "cache-control": "no-store" })
    .serializer(JSON.stringify)
    .send(problem);
}

function problemErrorOf(error: FastifyError, request: FastifyRequest, logger: Logger): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof OperationalError) {
    logger.warn({ err: error, code: error.code }, "a request could not be served");
    return operationalProblem(error);
  }
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error, request);
  const known = frameworkCode(error);
  if (known !== undefined) return problemError(known.code, known.detail);
  const id = randomUUID();
  logger.error({ err: error, id, method: request.method, route: request.routeOptions.url }, "a request failed");
  return problemError("INTERNAL_ERROR", `The server failed. Its log has the reason under ${id}; please report it.`, {
    id,
  });
}

function invalidRequest(error: FastifyError, request: FastifyRequest): ProblemError {
  const place = { body: "body", params: "address", querystring: "query", headers: "headers" }[
    error.validationContext ?? "body"
  ];
  const invalid = (error.validation ?? []).map(({ instancePath, message }) => ({
    at: `${place}${instancePath.replaceAll(/\/(?=.)/g, ".").replace(/\/$/, "")}`,
    message: message ?? "is not valid",
  }));
  const code = (place === "body" ? request.routeOptions.config.invalidBody : undefined) ?? "REQUEST_INVALID";
  const detail = invalid.map(({ at, message }) => `${at}: ${message}`).join("; ");
  return problemError(code, detail, { invalid });
}

/** What Fastify refuses by itself. Other errors of its are ours, and answered as such. */
function frameworkCode(error: FastifyError): { code: ProblemCode; detail: string } | undefined {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return { code: "BODY_TOO_LARGE", detail: "The body is larger than what is taken here." };
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return { code: "MEDIA_TYPE_UNSUPPORTED", detail: "Send the body as application/json." };
    case "FST_ERR_BAD_URL":
      return {
        code: "REQUEST_INVALID",
        detail: "The address is not a valid one: its percent-encoding cannot be read.",
      };
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return { code: "REQUEST_INVALID", detail: "The body is shorter or longer than its Content-Length says." };
    case "FST_ERR_CTP_INVALID_JSON_BODY":
      return { code: "REQUEST_INVALID", detail: `The body is not valid JSON: ${error.message}` };
    default:
      break;
  }
  return error instanceof SyntaxError && error.statusCode === 400
    ? { code: "REQUEST_INVALID", detail: `The body is not valid JSON: ${error.message}` }
    : undefined;
}
