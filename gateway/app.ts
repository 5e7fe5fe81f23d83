import { Hono, type Context } from "hono";
import { ScoringError, toProblem } from "../shared/error.ts";
import { problemAnswer } from "./http/answers.ts";
import { LimitReached, rateLimitHeaders } from "./http/rate-limit.ts";
import { challenge, guard, open } from "./access/guard.ts";
import { measure, routesOf } from "./http/measure.ts";
import { RenderedDocument } from "./rendered-document.ts";
import { appendItems } from "./batches/append-items.ts";
import { batchEvents } from "./batches/batch-events.ts";
import { batchResults } from "./batches/batch-results.ts";
import { cancelJob } from "./jobs/cancel-job.ts";
import { createBatch } from "./batches/create-batch.ts";
import { createJob } from "./jobs/create-job.ts";
import { deleteJob } from "./jobs/delete-job.ts";
import { getDelivery, listDeliveries, redeliver, redeliverDead } from "./webhooks/deliveries.ts";
import { docsAsset, docsPage } from "./service/docs.ts";
import { errorDocs } from "./service/error-docs.ts";
import { getBatch } from "./batches/get-batch.ts";
import { getJob } from "./jobs/get-job.ts";
import { getResult } from "./jobs/get-result.ts";
import { healthz, index, readyz } from "./service/health.ts";
import { jobEvents } from "./jobs/job-events.ts";
import { createKey, getKey, listKeys, regenerateKey, revokeKey } from "./access/routes.ts";
import { listBatches } from "./batches/list-batches.ts";
import { listDeliveriesOfBatch } from "./batches/list-deliveries.ts";
import { listDeliveriesOfJob } from "./jobs/list-deliveries.ts";
import { listJobs } from "./jobs/list-jobs.ts";
import { keptFigures, metrics } from "./service/metrics-route.ts";
import { getModelQueue } from "./models/model-queue.ts";
import { cancelBatch, closeBatch, deleteBatch, retryBatch } from "./batches/move-batch.ts";
import { getModel, listModels } from "./models/models.ts";
import { retryJob } from "./jobs/retry-job.ts";
import {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  getWebhookSecret,
  listWebhookEndpoints,
  pingWebhookEndpoint,
  rotateEndpointSecret,
  rotateWebhookSecret,
} from "./webhooks/endpoints.ts";
import type { GatewayServices } from "./services.ts";

/** The API: every route there is, in the order of `docs/api.md`. */
export function createApp(services: GatewayServices): Hono {
  const app = new Hono();
  const may = guard(services);
  const anybody = open(services);
  const description = new RenderedDocument();
  const figures = keptFigures(services);
  app.use(measure(services));

  app.post("/v1/models/:model/jobs", may("jobs:write", createJob));
  app.get("/v1/jobs/:id", may("jobs:read", getJob));
  app.get("/v1/jobs/:id/result", may("jobs:read", getResult));
  app.get("/v1/jobs/:id/events", may("jobs:read", jobEvents));
  app.get("/v1/jobs/:id/deliveries", may("jobs:read", listDeliveriesOfJob));
  app.post("/v1/jobs/:id/cancel", may("jobs:cancel", cancelJob));
  app.post("/v1/jobs/:id/retry", may("jobs:write", retryJob));
  app.delete("/v1/jobs/:id", may("jobs:write", deleteJob));
  app.get("/v1/jobs", may("jobs:read", listJobs));

  app.post("/v1/batches", may("batches:*", createBatch));
  app.post("/v1/batches/:id/items", may("batches:*", appendItems));
  app.post("/v1/batches/:id/close", may("batches:*", closeBatch));
  app.get("/v1/batches/:id", may("batches:*", getBatch));
  app.get("/v1/batches/:id/results", may("batches:*", batchResults));
  app.get("/v1/batches/:id/events", may("batches:*", batchEvents));
  app.post("/v1/batches/:id/cancel", may("batches:*", cancelBatch));
  app.post("/v1/batches/:id/retry", may("batches:*", retryBatch));
  app.delete("/v1/batches/:id", may("batches:*", deleteBatch));
  app.get("/v1/batches/:id/deliveries", may("batches:*", listDeliveriesOfBatch));
  app.get("/v1/batches", may("batches:*", listBatches));

  app.get("/v1/models", may("any", listModels));
  app.get("/v1/models/:model", may("any", getModel));
  app.get("/v1/models/:model/queue", may("any", getModelQueue));

  app.get("/v1/webhook-endpoints", may("webhooks:*", listWebhookEndpoints));
  app.post("/v1/webhook-endpoints", may("webhooks:*", createWebhookEndpoint));
  app.get("/v1/webhook-endpoints/:id", may("webhooks:*", getWebhookEndpoint));
  app.patch("/v1/webhook-endpoints/:id", may("webhooks:*", changeWebhookEndpoint));
  app.delete("/v1/webhook-endpoints/:id", may("webhooks:*", deleteWebhookEndpoint));
  app.post("/v1/webhook-endpoints/:id/rotate-secret", may("webhooks:*", rotateEndpointSecret));
  app.post("/v1/webhook-endpoints/:id/ping", may("webhooks:*", pingWebhookEndpoint));
  app.get("/v1/webhook-secret", may("webhooks:*", getWebhookSecret));
  app.post("/v1/webhook-secret/rotate", may("webhooks:*", rotateWebhookSecret));
  app.get("/v1/deliveries", may("webhooks:*", listDeliveries));
  app.post("/v1/deliveries/redeliver", may("webhooks:*", redeliverDead));
  app.get("/v1/deliveries/:id", may("webhooks:*", getDelivery));
  app.post("/v1/deliveries/:id/redeliver", may("webhooks:*", redeliver));

  app.get("/v1/keys", may("admin", listKeys));
  app.post("/v1/keys", may("admin", createKey));
  app.get("/v1/keys/:id", may("admin", getKey));
  app.post("/v1/keys/:id/regenerate", may("admin", regenerateKey));
  app.delete("/v1/keys/:id", may("admin", revokeKey));

  app.get("/", anybody(index));
  // Probes and Prometheus have no key, and must be answered whatever strangers do: these cost next
  // to nothing.
  app.get("/healthz", () => healthz());
  app.get("/readyz", (c) => readyz(c, services));
  app.get("/metrics", async () => metrics(figures));
  app.get("/docs", anybody(docsPage));
  app.get("/docs/assets/:name", anybody(docsAsset));
  app.get("/docs/errors", anybody(errorDocs));
  app.get(
    "/openapi.json",
    anybody(async (c) => description.of(services.registry).answer(c)),
  );

  const places = routesOf(app).map(({ method, path }) => ({ method, pattern: pattern(path) }));
  const nowhere = anybody((c) => {
    const allowed = places
      .filter((place) => place.pattern.test(c.req.path))
      .map(({ method }) => method);
    if (allowed.length === 0) {
      const message = `There is no ${c.req.path}; see /openapi.json.`;
      return problemAnswer(toProblem(new ScoringError("not_found", message)));
    }
    const message = `${c.req.method} is not allowed here; use ${allowed.join(" or ")}.`;
    const problem = toProblem(new ScoringError("method_not_allowed", message));
    return problemAnswer(problem, { allow: allowed.join(", ") });
  });

  const failed = (error: unknown, c: Context): Response => {
    if (c.req.raw.signal.aborted) {
      services.logger.debug({ err: error, path: c.req.path }, "client went away");
    } else if (!(error instanceof ScoringError)) {
      services.logger.error({ err: error, path: c.req.path }, "request failed");
    } else if (error.cause !== undefined) {
      services.logger.debug({ err: error, path: c.req.path }, "request refused");
    }
    // Nobody reads this answer, but logs and figures do: hanging up is no fault of ours.
    const problem = toProblem(c.req.raw.signal.aborted ? BROKEN_OFF : error);
    const { job_id: jobId, code } = problem;
    return problemAnswer(problem, {
      ...challenge(c, problem),
      ...(typeof jobId === "string" ? { location: `/v1/jobs/${jobId}` } : {}),
      ...c.get("budget"),
      ...(error instanceof LimitReached ? error.headers : rateLimitHeaders(code, services.quota)),
    });
  };
  app.onError(failed);
  // What is thrown here Hono would hand to `onError` around `measure`, which then counts nothing.
  app.notFound(async (c) => nowhere(c).catch((error: unknown) => failed(error, c)));

  return app;
}

const BROKEN_OFF = new ScoringError("bad_request", "The client hung up.");

/** `/v1/jobs/:id` as a pattern of paths. */
function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);
}
