import type { Registry } from "../shared/model/registry.ts";
import { contractOf, publishSchemas } from "../shared/model/schema.ts";
import {
  createEndpointSchema,
  patchEndpointSchema,
  rotateSecretSchema,
} from "./webhooks/endpoint-body.ts";
import { batchBodySchema } from "./batches/upload/batch-request.ts";
import { itemSchema } from "./batches/upload/item.ts";
import { createSchema } from "./jobs/json-body.ts";
import {
  batchListSchema,
  batchObjectSchema,
  batchResultsEndSchema,
  batchResultSchema,
} from "./batches/batch-schema.ts";
import { jobListSchema, jobSchema, problemSchema } from "./jobs/job-schema.ts";
import { redeliverSchema } from "./webhooks/deliveries.ts";
import {
  deliveryDetailSchema,
  deliveryListSchema,
  deliverySchema,
  endpointListSchema,
  endpointSchema,
  redeliverySchema,
  webhookSecretSchema,
} from "./webhooks/webhook-schema.ts";
import { ref } from "./http/openapi/parts.ts";
import { bare, bodySchema, type Room } from "./http/openapi/room.ts";

/** Schemas of rooms without a table: goes when the last of them has one. */
export const oldRooms: Room<never> = {
  operations: [],
  answers: {
    Job: jobSchema,
    JobList: jobListSchema,
    Problem: problemSchema,
    Batch: batchObjectSchema,
    BatchList: batchListSchema,
    BatchResult: batchResultSchema,
    BatchResultsEnd: batchResultsEndSchema,
    WebhookEndpoint: endpointSchema,
    WebhookEndpointList: endpointListSchema,
    WebhookSecret: webhookSecretSchema,
    Delivery: deliverySchema,
    DeliveryDetail: deliveryDetailSchema,
    DeliveryList: deliveryListSchema,
    Redelivery: redeliverySchema,
  },
  bodies: {
    CreateWebhookEndpoint: createEndpointSchema,
    ChangeWebhookEndpoint: patchEndpointSchema,
    RotateSecret: rotateSecretSchema,
    Redeliver: redeliverSchema,
    BatchItem: itemSchema,
  },
  schemas: (registry) => ({
    CreateJob: createJobSchema(registry),
    CreateBatch: createBatchSchema(),
    BatchLine: { anyOf: [ref("BatchResult"), ref("BatchResultsEnd")] },
    ...modelSchemas(registry),
  }),
};

/** The body of a create request; `input` is what one of the models takes. */
function createJobSchema(registry: Registry): object {
  const one = [{ required: ["input"] }, { required: ["inputs"] }];
  const schema = bodySchema(createSchema);
  if (registry.versions.length === 0) return { ...schema, oneOf: one };
  const refs = (kind: string): object[] =>
    registry.versions.map(({ id }) => ref(`${componentName(id)}_${kind}`));
  const ofModels = {
    input: { description: "One input, of the model that is asked.", anyOf: refs("input") },
    parameters: { description: "Options of the model.", anyOf: refs("parameters") },
  };
  return { ...schema, properties: { ...Object(schema["properties"]), ...ofModels }, oneOf: one };
}

/** The body of a create request of a batch as JSON; its items are checked one by one as they come. */
function createBatchSchema(): object {
  const schema = bodySchema(batchBodySchema);
  const properties = { ...Object(schema["properties"]) };
  return {
    ...schema,
    properties: { ...properties, items: { ...properties.items, items: ref("BatchItem") } },
  };
}

function modelSchemas(registry: Registry): Record<string, object> {
  return Object.fromEntries(
    registry.versions.flatMap(({ id, manifest }) => {
      const schemas = publishSchemas(contractOf(manifest));
      return Object.entries(schemas).map(([kind, schema]: [string, object]) => [
        `${componentName(id)}_${kind}`,
        bare(schema),
      ]);
    }),
  );
}

/** Names of components know no `@`. */
function componentName(versionId: string): string {
  return versionId.replace("@", "_v");
}
