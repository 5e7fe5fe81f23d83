import { z } from "zod";
import type { Registry } from "../../shared/model/registry.ts";
import { contractOf, publishSchemas } from "../../shared/model/manifest.ts";
import {
  header,
  idempotencyParameter,
  idParameter,
  traceParameters,
  type Parameter,
} from "../http/openapi/parameters.ts";
import { ref } from "../http/openapi/parts.ts";
import { bodySchema } from "../http/openapi/room.ts";
import { modelRefs } from "../models/contracts.ts";
import { requestExamples } from "../models/examples.ts";
import { createSchema } from "./json-body.ts";

/** `{id}` of a job in a path. */
export const jobIdParameter = idParameter("The job's id.", "job_01m7z2a28nec097t69kvhhq4z1");

/** Parameters of the create request alone. */
export const createParameters: readonly Parameter[] = [
  idempotencyParameter,
  header("Cancel-After", {
    description: "Same as `timeouts.total_ms`: seconds, or with a unit; at most 7 days.",
    schema: { pattern: "^\\d+(\\.\\d+)?(ms|s|m|h)?$" },
    example: "90s",
  }),
  ...traceParameters,
  {
    name: "on_failure",
    in: "query",
    description: "`job`: answer 200 with the job even if it failed within the wait.",
    schema: { type: "string", enum: ["problem", "job"], default: "problem" },
  },
];

/** Options of the models, each under its own name, beside a body that is not JSON. */
export function optionParameters(registry: Registry): Parameter[] {
  const byName = new Map<string, Map<string, object>>();
  for (const { manifest } of registry.versions) {
    const contract = contractOf(manifest);
    if (contract.media.length === 0) continue;
    const { properties } = optionsSchema.parse(publishSchemas(contract).parameters);
    for (const [name, { default: _, ...schema }] of Object.entries(properties)) {
      const schemas = byName.get(name) ?? new Map<string, object>();
      byName.set(name, schemas.set(JSON.stringify(schema), schema));
    }
  }
  return [...byName].map(([name, schemas]) => ({
    name,
    in: "query",
    description: "For bodies that are not JSON; a JSON body has `parameters` instead.",
    schema: oneOrAny([...schemas.values()]),
  }));
}

function oneOrAny(schemas: readonly object[]): object {
  const [only, ...others] = schemas;
  return only !== undefined && others.length === 0 ? only : { anyOf: schemas };
}

const optionsSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({})).default({}),
});

/** The body of a create request; `input` is what one of the models takes. */
export function createJobSchema(registry: Registry): object {
  const one = [{ required: ["input"] }, { required: ["inputs"] }];
  const schema = bodySchema(createSchema);
  if (registry.versions.length === 0) return { ...schema, oneOf: one };
  const ofModels = {
    input: {
      description: "One input for this model.",
      anyOf: modelRefs(registry, "input"),
    },
    parameters: { description: "Options of the model.", anyOf: modelRefs(registry, "parameters") },
  };
  return { ...schema, properties: { ...Object(schema["properties"]), ...ofModels }, oneOf: one };
}

/** All that some model takes; `GET /v1/models/{model}` says which of them one does. */
export function createBodies(registry: Registry): object {
  const media = new Set(registry.versions.flatMap(({ manifest }) => contractOf(manifest).media));
  const whole = [...media].map((type) => [type, { schema: rowSchema(type) }] as const);
  const form = {
    schema: {
      type: "object",
      description: "Files are inputs and other fields are parameters, whatever their names.",
      additionalProperties: { type: "string", format: "binary" },
    },
  };
  return {
    "application/json": { schema: ref("CreateJob"), examples: requestExamples(registry) },
    ...(whole.length === 0 ? {} : { "multipart/form-data": form }),
    ...Object.fromEntries(whole),
  };
}

/** One input as a whole body. */
function rowSchema(mediaType: string): object {
  return mediaType.startsWith("text/")
    ? { type: "string", minLength: 1 }
    : { type: "string", format: "binary" };
}
