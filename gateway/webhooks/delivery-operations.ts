import { deliveriesQuerySchema } from "./deliveries.ts";
import type { DeliveryDetail, DeliveryJson, DeliveryList, Redelivery } from "./webhook-schema.ts";
import { json } from "../http/openapi/operation.ts";
import { operation, type Operation } from "../http/openapi/old-operation.ts";
import { queryParameters, type Parameter } from "../http/openapi/parameters.ts";
import { named, ref } from "../http/openapi/parts.ts";

const id = "evt_01m7z2a28nec097t69kvhhq4z1_1S_kvhhq4z1";
const self = `/v1/deliveries/${id}`;

/** A delivery that has not arrived yet. */
export const deliveryExample = {
  id,
  object: "delivery",
  type: "job.succeeded",
  resource: "job_01m7z2a28nec097t69kvhhq4z1",
  resource_attempt: 1,
  endpoint: "whk_01m7z2a28nec097t69kvhhq4z1",
  url: null,
  include: "auto",
  status: "pending",
  reason: null,
  attempts: 1,
  last_status: 503,
  created_at: "2026-11-21T12:46:42.460Z",
  next_attempt_at: "2026-11-21T12:46:48.012Z",
  completed_at: null,
  urls: { self, redeliver: `${self}/redeliver` },
} satisfies DeliveryJson;

const detail = {
  ...deliveryExample,
  log: [
    {
      at: "2026-11-21T12:46:42.497Z",
      status: 503,
      error: null,
      latency_ms: 18,
      headers: { "content-type": "text/plain", "retry-after": "5" },
    },
  ],
} satisfies DeliveryDetail;

const list = {
  object: "list",
  data: [deliveryExample],
  next_cursor: null,
} satisfies DeliveryList;

const redelivery = {
  object: "redelivery",
  redelivered: 41,
  gone: 1,
  has_more: false,
} satisfies Redelivery;

const idParameter: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The delivery's id, which is the `webhook-id` that receivers got.",
  schema: { type: "string", minLength: 1 },
  example: id,
};

const common = { tag: "Webhooks", scope: "webhooks:*" } as const;
/** A list of deliveries, as an answer. */
export const deliveryPage = { schema: ref("DeliveryList"), examples: { page: list } };

/** The operations on what is told to receivers of webhooks. */
export function deliveryPaths(): Record<string, Record<string, Operation>> {
  return {
    "/v1/deliveries": { get: listOperation() },
    "/v1/deliveries/redeliver": { post: redeliverDeadOperation() },
    "/v1/deliveries/{id}": {
      get: operation("getDelivery", {
        ...common,
        summary: "A delivery, with its attempts",
        parameters: [idParameter],
        answers: { 200: json("It.", { schema: ref("DeliveryDetail"), examples: { detail } }) },
        fails: ["not_found", "gone_expired", "lost"],
      }),
    },
    "/v1/deliveries/{id}/redeliver": {
      post: operation("redeliver", {
        ...common,
        summary: "Send a delivery again",
        description: "From the start of its schedule; one that is pending, at once.",
        parameters: [idParameter],
        answers: {
          202: json("It is pending.", { schema: ref("DeliveryDetail"), examples: { detail } }),
        },
        fails: ["not_found", "gone_expired", "lost"],
      }),
    },
  };
}

function listOperation(): Operation {
  return operation("listDeliveries", {
    ...common,
    summary: "Your deliveries, newest first",
    description: "A page may be short, even empty, and still have a next one.",
    parameters: queryParameters(deliveriesQuerySchema.shape),
    answers: { 200: json("A page of them.", { ...deliveryPage, headers: ["Link"] }) },
    fails: ["invalid_input", "unknown_field"],
  });
}

function redeliverDeadOperation(): Operation {
  const examples = named({ day: { since: "2026-11-20T00:00:00Z" } });
  const schema = ref("Redeliver");
  return operation("redeliverDead", {
    ...common,
    summary: "Send all dead deliveries since a time again",
    requestBody: { required: true, content: { "application/json": { schema, examples } } },
    answers: {
      202: json("How many are.", { schema: ref("Redelivery"), examples: { some: redelivery } }),
    },
    fails: [
      "invalid_input",
      "invalid_json",
      "payload_too_large",
      "unknown_field",
      "unsupported_media_type",
    ],
  });
}
