import { z } from "zod";
import { deathReasons, deliveryStatuses } from "../../shared/webhook/delivery.ts";
import { disabledReasons } from "../../shared/webhook/endpoints.ts";
import { includes } from "../../shared/webhook/subscription.ts";
import { listSchema, pageSchema, timeSchema } from "../http/answer-schemas.ts";

/** The endpoint object; `secret` only where one is made. */
export const endpointSchema = z.strictObject({
  id: z.string().regex(/^whk_[0-9a-z]{26}$/),
  object: z.literal("webhook_endpoint"),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()).readonly(),
  include: z.enum(includes),
  enabled: z.boolean(),
  disabled_reason: z
    .enum(disabledReasons)
    .nullable()
    .describe("`owner`; `gone`: it answered 410; `failing`: nothing succeeded for 5 days."),
  disabled_at: timeSchema,
  failing_since: timeSchema.describe("Since when every attempt has failed."),
  failures: z.int().min(0).describe("Failed attempts in a row."),
  schedule_ms: z.array(z.int()).readonly().nullable(),
  header_names: z.array(z.string()).readonly(),
  secrets: z.int().min(1).describe("How many are active."),
  created_at: timeSchema,
  urls: z.strictObject({
    self: z.string(),
    ping: z.string(),
    rotate_secret: z.string(),
    deliveries: z.string(),
  }),
  secret: z.string().optional().describe("`whsec_…`; shown only once."),
});

export type EndpointJson = z.infer<typeof endpointSchema>;

/** All of a tenant's endpoints. */
export const endpointListSchema = listSchema(endpointSchema);

export type EndpointList = z.infer<typeof endpointListSchema>;

/** The secrets that sign what goes to URLs that are no endpoint's. */
export const webhookSecretSchema = z.strictObject({
  object: z.literal("webhook_secret"),
  secret: z.string().describe("The newest."),
  previous: z.array(z.strictObject({ secret: z.string(), expires_at: timeSchema })),
});

export type WebhookSecret = z.infer<typeof webhookSecretSchema>;

const deliveryMembers = {
  id: z.string().describe("The `webhook-id` of each attempt."),
  object: z.literal("delivery"),
  type: z.string(),
  resource: z.string().describe("The job or batch, or the endpoint of a ping."),
  resource_attempt: z.int().nullable().describe("The attempt of the job or batch that it reports."),
  endpoint: z.string().nullable(),
  url: z.string().nullable().describe("The URL of an unregistered receiver."),
  include: z.enum(includes),
  status: z.enum(deliveryStatuses),
  reason: z.enum(deathReasons).nullable().describe("Why it is dead."),
  attempts: z.int().min(0),
  last_status: z.int().nullable().describe("HTTP status of the last attempt."),
  created_at: timeSchema,
  next_attempt_at: timeSchema,
  completed_at: timeSchema,
  urls: z.strictObject({ self: z.string(), redeliver: z.string() }),
};

/** A delivery, without its attempts. */
export const deliverySchema = z.strictObject(deliveryMembers);

export type DeliveryJson = z.infer<typeof deliverySchema>;

/** A delivery with its last 50 attempts, oldest first. */
export const deliveryDetailSchema = z.strictObject({
  ...deliveryMembers,
  log: z.array(
    z.strictObject({
      at: timeSchema,
      status: z.int().nullable().describe("HTTP status; null when there was no answer."),
      error: z
        .string()
        .nullable()
        .describe("`unreachable`, `tls`, `timeout`, `reset` or `protocol`."),
      latency_ms: z.number().nullable(),
      headers: z.record(z.string(), z.string()).describe("Some headers of the answer."),
    }),
  ),
});

export type DeliveryDetail = z.infer<typeof deliveryDetailSchema>;

/** A page of deliveries, newest first; those of one job, oldest first. */
export const deliveryListSchema = pageSchema(deliverySchema);

export type DeliveryList = z.infer<typeof deliveryListSchema>;

/** How many dead deliveries are sent again. */
export const redeliverySchema = z.strictObject({
  object: z.literal("redelivery"),
  redelivered: z.int().min(0),
  gone: z.int().min(0).describe("Deliveries whose job or batch is no longer kept."),
  has_more: z.boolean().describe("There are more than one request covers: send it again."),
});

export type Redelivery = z.infer<typeof redeliverySchema>;
