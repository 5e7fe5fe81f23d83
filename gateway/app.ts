import { Hono, type Context } from "hono";
import { ScoringError, toProblem, type Problem } from "../shared/error.ts";
import type { Quota } from "../shared/job/quota.ts";
import type { Logger } from "../shared/log.ts";
import { fieldsOf } from "../shared/trace.ts";
import { challenge, locked, type GuardServices } from "./access/guard.ts";
import type { GatewayMetrics } from "./http/metrics.ts";
import { problemAnswer, type Headers } from "./http/answers.ts";
import type { Cors } from "./http/cors.ts";
import { headerOf } from "./http/header.ts";
import { KnownRoutes } from "./http/known-routes.ts";
import { honoPath, measured, methodsOf } from "./http/measure.ts";
import { problemDocument, type ProblemShape } from "./http/problem-shape.ts";
import { LimitReached, rateLimitHeaders } from "./http/rate-limit.ts";
import { traceOf } from "./http/request-trace.ts";
import { prefersHtml } from "./page/accept.ts";
import { problemPage } from "./http/problem-page.ts";
import { dialectsOf, operationsWith, type RoomServices } from "./rooms.ts";

/** What the rooms take, and what stands around all routes. */
export type GatewayServices = RoomServices &
  GuardServices & {
    readonly logger: Logger;
    readonly metrics: GatewayMetrics;
    readonly quota: Quota;
    readonly cors: Pick<Cors, "preflight">;
    /** Names of those that are spoken beside our own; by default, all there are. */
    readonly dialects?: readonly string[];
  };

/** The API: every route there is. */
export function createApp(services: GatewayServices): Hono {
  const app = new Hono({ router: new KnownRoutes() });
  const operations = operationsWith(services.dialects);
  const routes = operations.map(({ method, path }) => ({ method, pattern: pattern(path) }));
  const dialects = dialectsOf(services.dialects);
  const shapeOf = (path: string): ProblemShape =>
    dialects.find(({ roots }) => roots.some((root) => isBelow(path, root)))?.problems ??
    problemDocument;
  const nowhere = (c: Context): Response => {
    const shape = shapeOf(c.req.path);
    const allowed = routes
      .filter((route) => route.pattern.test(c.req.path))
      .map(({ method }) => method);
    if (allowed.length === 0) {
      const message = `There is no ${c.req.path}; see /openapi.json.`;
      return answerOf(c, toProblem(new ScoringError("not_found", message)), {}, shape);
    }
    const message = `${c.req.method} is not allowed here; use ${allowed.join(" or ")}.`;
    const problem = toProblem(new ScoringError("method_not_allowed", message));
    return answerOf(c, problem, { allow: allowed.join(", ") }, shape);
  };

  const failed = (shape: ProblemShape) => (error: unknown, c: Context) => {
    const said = () => ({ err: error, path: c.req.path, ...fieldsOf(traceOf(c.env)) });
    if (c.req.raw.signal.aborted) {
      services.logger.debug(said(), "client went away");
    } else if (!(error instanceof ScoringError)) {
      services.logger.error(said(), "request failed");
    } else if (error.cause !== undefined) {
      services.logger.debug(said(), "request refused");
    }
    // Nobody reads this answer, but logs and figures do: hanging up is no fault of ours.
    const problem = toProblem(c.req.raw.signal.aborted ? BROKEN_OFF : error);
    const { job_id: jobId, code } = problem;
    const headers = {
      ...challenge(c, problem),
      ...(typeof jobId === "string" ? shape.jobHeaders(jobId) : {}),
      ...c.get("budget"),
      ...(error instanceof LimitReached ? error.headers : rateLimitHeaders(code, services.quota)),
    };
    return answerOf(c, problem, headers, shape);
  };
  const counted = { metrics: services.metrics, methods: methodsOf(operations) };
  for (const operation of operations) {
    const { method, path, problems = problemDocument } = operation;
    const around = { ...counted, failed: failed(problems) };
    app.on(method, honoPath(path), measured(locked(operation, services), around, path));
  }
  const around = {
    ...counted,
    failed: (error: unknown, c: Context) => failed(shapeOf(c.req.path))(error, c),
  };
  const lost = locked({ scope: "open", handler: nowhere }, services);
  app.notFound(measured((c) => services.cors.preflight(c) ?? lost(c), around));
  return app;
}

/** A page for who looks at an address in a browser; for programs the problem in its shape. */
function answerOf(c: Context, problem: Problem, headers: Headers, shape: ProblemShape): Response {
  const isLooking = c.req.method === "GET" && prefersHtml(headerOf(c, "accept"));
  return isLooking && shape === problemDocument
    ? problemPage(problem, c.req.path, headers)
    : problemAnswer(problem, headers, shape);
}

const BROKEN_OFF = new ScoringError("bad_request", "The client hung up.");

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** `/v1/jobs/{id}` as a pattern of paths. */
function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
