import { z } from "zod";
import type { Registry } from "../../../shared/model/registry.ts";
import { contractOf, publishSchemas } from "../../../shared/model/schema.ts";
import { resultsQuerySchema } from "../../batches/batch-results.ts";
import { batchListQuerySchema } from "../../batches/list-batches.ts";
import { listQuerySchema } from "../../jobs/list-jobs.ts";
import { named } from "./parts.ts";

/** OpenAPI's Parameter Object. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description: string;
  readonly schema: object;
  readonly [member: string]: unknown;
}

/** `{model}` in a path. */
export function modelParameter(registry: Registry): Parameter {
  const known = [...registry.names, ...registry.versions.map((version) => version.id)];
  return {
    name: "model",
    in: "path",
    required: true,
    description: "`name` for its default version, or `name@version`.",
    schema: { type: "string", minLength: 1 },
    examples: named(Object.fromEntries(known.map((name) => [name, name]))),
  };
}

/** `{id}` of a job in a path. */
export const jobIdParameter: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The job's id.",
  schema: { type: "string", minLength: 1, examples: ["job_01m7z2a28nec097t69kvhhq4z1"] },
};

/** `{id}` of a batch in a path. */
export const batchIdParameter: Parameter = {
  ...jobIdParameter,
  description: "The batch's id.",
  schema: { type: "string", minLength: 1, examples: ["bat_01m7z2a28nec097t69kvhhq4z1"] },
};

/** How long to wait, in the header or the query; the header wins. */
export const waitParameters: readonly Parameter[] = [
  header("Prefer", {
    description:
      "RFC 7240. `wait=n`: wait up to n seconds for the end; `wait`: the default wait; " +
      "`respond-async`: do not wait. What is not known is ignored.",
    example: "wait=30",
  }),
  {
    name: "wait",
    in: "query",
    description: "As `Prefer: wait=n`, for clients that cannot set headers.",
    schema: { type: "number", examples: [30] },
  },
];

/** What a repeat is known by. */
export const idempotencyParameter = header("Idempotency-Key", {
  description: "A repeat with the same key gets what the first request made. Quoted or bare.",
  schema: { minLength: 1, maxLength: 255, pattern: "^[!-~]+$" },
  example: "0b1f2a56-order-77",
});

/** What becomes of bad items of an upload, beside the wait. */
export const uploadPreferParameter = header("Prefer", {
  description:
    "RFC 7240. `handling=lenient`: an item that cannot be read is taken as one that fails; else it " +
    "is refused, and the upload ends there. Of a create also `wait=n`, `wait` and `respond-async`.",
  example: "handling=lenient, wait=30",
});

/** Parameters of the create request alone. */
export const createParameters: readonly Parameter[] = [
  idempotencyParameter,
  header("Cancel-After", {
    description: "As `timeouts.total_ms`: seconds, or with a unit; at most 7 days.",
    schema: { pattern: "^\\d+(\\.\\d+)?(ms|s|m|h)?$" },
    example: "90s",
  }),
  {
    name: "on_failure",
    in: "query",
    description: "`job`: answer 200 and the job also when it failed within the wait.",
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
    description: "With a body that is not JSON, which would carry it in `parameters`.",
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

/** What the client knows of the job. */
export const ifNoneMatchParameter = header("If-None-Match", {
  description: "The `ETag` of an earlier answer, exactly as it came: 304 while it is the same.",
  example: '"1-queued"',
});

/** The last event that the client has seen. */
export const lastEventIdParameter = header("Last-Event-ID", {
  description: "`id` of the last event that was seen: what it told is left out.",
  example: "1-queued-12",
});

/** The queries of lists and of results, from the schemas that read them. */
export const listParameters = (): Parameter[] => queryParameters(listQuerySchema.shape);
export const batchListParameters = (): Parameter[] => queryParameters(batchListQuerySchema.shape);
export const resultsParameters = (): Parameter[] => queryParameters(resultsQuerySchema.shape);

function queryParameters(shape: z.ZodRawShape): Parameter[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { description = "", $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
    return { name, in: "query", description, schema: json };
  });
}

/** The example stays inside the schema: beside it, /docs would send it unasked. */
function header(
  name: string,
  parts: { readonly description: string; readonly schema?: object; readonly example: string },
): Parameter {
  const { description, schema, example } = parts;
  const text = { type: "string", ...schema, examples: [example] };
  return { name, in: "header", description, schema: text };
}
