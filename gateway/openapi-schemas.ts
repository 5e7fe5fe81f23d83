import { z } from "zod";
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
import { createKeySchema, regenerateSchema } from "./access/key-body.ts";
import {
  batchListSchema,
  batchObjectSchema,
  batchResultsEndSchema,
  batchResultSchema,
} from "./batches/batch-schema.ts";
import { jobListSchema, jobSchema, problemSchema } from "./jobs/job-schema.ts";
import { keyListSchema, keySchema } from "./access/key-schema.ts";
import { modelListSchema, modelSchema } from "./models/model-schema.ts";
import { queueSchema } from "./models/queue-schema.ts";
import { healthSchema, indexSchema, readinessSchema } from "./service/schema.ts";
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

/** What answers are made of, by the name that the document gives it. */
const ANSWERS = {
  Job: jobSchema,
  JobList: jobListSchema,
  Problem: problemSchema,
  Batch: batchObjectSchema,
  BatchList: batchListSchema,
  BatchResult: batchResultSchema,
  BatchResultsEnd: batchResultsEndSchema,
  Model: modelSchema,
  ModelList: modelListSchema,
  Queue: queueSchema,
  WebhookEndpoint: endpointSchema,
  WebhookEndpointList: endpointListSchema,
  WebhookSecret: webhookSecretSchema,
  Delivery: deliverySchema,
  DeliveryDetail: deliveryDetailSchema,
  DeliveryList: deliveryListSchema,
  Redelivery: redeliverySchema,
  Key: keySchema,
  KeyList: keyListSchema,
  Index: indexSchema,
  Health: healthSchema,
  Readiness: readinessSchema,
};

/** The schemas of the document, with those of the models that are there. */
export function schemaComponents(registry: Registry): Record<string, object> {
  return {
    ...answerSchemas(),
    CreateJob: createJobSchema(registry),
    CreateWebhookEndpoint: bare(z.toJSONSchema(createEndpointSchema, { io: "input" })),
    ChangeWebhookEndpoint: bare(z.toJSONSchema(patchEndpointSchema, { io: "input" })),
    RotateSecret: bare(z.toJSONSchema(rotateSecretSchema, { io: "input" })),
    Redeliver: bare(z.toJSONSchema(redeliverSchema, { io: "input" })),
    CreateBatch: createBatchSchema(),
    BatchItem: bare(z.toJSONSchema(itemSchema, { io: "input" })),
    BatchLine: { anyOf: [ref("BatchResult"), ref("BatchResultsEnd")] },
    CreateKey: bare(z.toJSONSchema(createKeySchema, { io: "input" })),
    RegenerateKey: bare(z.toJSONSchema(regenerateSchema, { io: "input" })),
    ...modelSchemas(registry),
  };
}

/** They refer to each other: what is said once is not said again. */
function answerSchemas(): Record<string, object> {
  const known = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(ANSWERS)) known.add(schema, { id });
  const { schemas } = z.toJSONSchema(known, {
    uri: (id) => `#/components/schemas/${id}`,
    // The pattern beside it says the same at ten times the length.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
}

/** The body of a create request; `input` is what one of the models takes. */
function createJobSchema(registry: Registry): object {
  const one = [{ required: ["input"] }, { required: ["inputs"] }];
  const schema = bare(z.toJSONSchema(createSchema, { io: "input" }));
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
  const schema = bare(z.toJSONSchema(batchBodySchema, { io: "input" }));
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

/** Without what says which dialect it is and where it stands: the document says both. */
function bare<T extends object>(schema: T): Omit<T, "$schema" | "$id"> {
  const { $schema: _, $id: __, ...rest } = { $schema: "", $id: "", ...schema };
  return rest;
}
