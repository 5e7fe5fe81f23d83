import { appendItems } from "./batches/append-items.ts";
import { batchEvents } from "./batches/batch-events.ts";
import { batchResults } from "./batches/batch-results.ts";
import { cancelJob } from "./jobs/cancel-job.ts";
import { createBatch } from "./batches/create-batch.ts";
import { createJob } from "./jobs/create-job.ts";
import { deleteJob } from "./jobs/delete-job.ts";
import { getDelivery, listDeliveries, redeliver, redeliverDead } from "./webhooks/deliveries.ts";
import { getBatch, listDeliveriesOfBatch } from "./batches/get-batch.ts";
import { getJob, getResult, listDeliveriesOfJob } from "./jobs/get-job.ts";
import { jobEvents } from "./jobs/job-events.ts";
import { listBatches } from "./batches/list-batches.ts";
import { listJobs } from "./jobs/list-jobs.ts";
import { cancelBatch, closeBatch, deleteBatch, retryBatch } from "./batches/move-batch.ts";
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
import type { Operation } from "./http/openapi/operation.ts";
import type { GatewayServices } from "./services.ts";

// Routes of rooms without a table: goes when the last of them has one.
export type Route = Pick<Operation<GatewayServices>, "method" | "path" | "scope" | "handler">;

export const oldJobs: readonly Route[] = [
  { method: "POST", path: "/v1/models/{model}/jobs", scope: "jobs:write", handler: createJob },
  { method: "GET", path: "/v1/jobs/{id}", scope: "jobs:read", handler: getJob },
  { method: "GET", path: "/v1/jobs/{id}/result", scope: "jobs:read", handler: getResult },
  { method: "GET", path: "/v1/jobs/{id}/events", scope: "jobs:read", handler: jobEvents },
  {
    method: "GET",
    path: "/v1/jobs/{id}/deliveries",
    scope: "jobs:read",
    handler: listDeliveriesOfJob,
  },
  { method: "POST", path: "/v1/jobs/{id}/cancel", scope: "jobs:cancel", handler: cancelJob },
  { method: "POST", path: "/v1/jobs/{id}/retry", scope: "jobs:write", handler: retryJob },
  { method: "DELETE", path: "/v1/jobs/{id}", scope: "jobs:write", handler: deleteJob },
  { method: "GET", path: "/v1/jobs", scope: "jobs:read", handler: listJobs },
];

export const oldBatches: readonly Route[] = [
  { method: "POST", path: "/v1/batches", scope: "batches:*", handler: createBatch },
  { method: "POST", path: "/v1/batches/{id}/items", scope: "batches:*", handler: appendItems },
  { method: "POST", path: "/v1/batches/{id}/close", scope: "batches:*", handler: closeBatch },
  { method: "GET", path: "/v1/batches/{id}", scope: "batches:*", handler: getBatch },
  { method: "GET", path: "/v1/batches/{id}/results", scope: "batches:*", handler: batchResults },
  { method: "GET", path: "/v1/batches/{id}/events", scope: "batches:*", handler: batchEvents },
  { method: "POST", path: "/v1/batches/{id}/cancel", scope: "batches:*", handler: cancelBatch },
  { method: "POST", path: "/v1/batches/{id}/retry", scope: "batches:*", handler: retryBatch },
  { method: "DELETE", path: "/v1/batches/{id}", scope: "batches:*", handler: deleteBatch },
  {
    method: "GET",
    path: "/v1/batches/{id}/deliveries",
    scope: "batches:*",
    handler: listDeliveriesOfBatch,
  },
  { method: "GET", path: "/v1/batches", scope: "batches:*", handler: listBatches },
];

export const oldWebhooks: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/webhook-endpoints",
    scope: "webhooks:*",
    handler: listWebhookEndpoints,
  },
  {
    method: "POST",
    path: "/v1/webhook-endpoints",
    scope: "webhooks:*",
    handler: createWebhookEndpoint,
  },
  {
    method: "GET",
    path: "/v1/webhook-endpoints/{id}",
    scope: "webhooks:*",
    handler: getWebhookEndpoint,
  },
  {
    method: "PATCH",
    path: "/v1/webhook-endpoints/{id}",
    scope: "webhooks:*",
    handler: changeWebhookEndpoint,
  },
  {
    method: "DELETE",
    path: "/v1/webhook-endpoints/{id}",
    scope: "webhooks:*",
    handler: deleteWebhookEndpoint,
  },
  {
    method: "POST",
    path: "/v1/webhook-endpoints/{id}/rotate-secret",
    scope: "webhooks:*",
    handler: rotateEndpointSecret,
  },
  {
    method: "POST",
    path: "/v1/webhook-endpoints/{id}/ping",
    scope: "webhooks:*",
    handler: pingWebhookEndpoint,
  },
  { method: "GET", path: "/v1/webhook-secret", scope: "webhooks:*", handler: getWebhookSecret },
  {
    method: "POST",
    path: "/v1/webhook-secret/rotate",
    scope: "webhooks:*",
    handler: rotateWebhookSecret,
  },
  { method: "GET", path: "/v1/deliveries", scope: "webhooks:*", handler: listDeliveries },
  { method: "POST", path: "/v1/deliveries/redeliver", scope: "webhooks:*", handler: redeliverDead },
  { method: "GET", path: "/v1/deliveries/{id}", scope: "webhooks:*", handler: getDelivery },
  {
    method: "POST",
    path: "/v1/deliveries/{id}/redeliver",
    scope: "webhooks:*",
    handler: redeliver,
  },
];
