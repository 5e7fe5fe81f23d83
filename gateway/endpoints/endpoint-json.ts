import { z } from "zod";
import {
  bucketCounts,
  definitionSchema,
  shadowSchema,
  variantSchema,
  type Definition,
} from "../../shared/endpoint/definition.ts";
import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { timeSchema } from "../http/answer-schemas.ts";
import { stateOf, stateSchema, type Versions } from "../models/version-state.ts";

const { shape } = definitionSchema.in;

const earlierSchema = z.strictObject({
  revision: z.int(),
  until: timeSchema,
  variants: z.array(variantSchema).readonly(),
  default: z.string(),
});

/** An endpoint as answers have it. */
export const endpointSchema = z.strictObject({
  object: z.literal("endpoint"),
  name: z.string(),
  revision: z.int().describe("Higher with each change; its `ETag`."),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  properties: z.record(z.string(), z.string()),
  variants: z
    .array(
      z.strictObject({
        ...variantSchema.shape,
        traffic: z.number().describe("Percent that it gets, what the shares leave over included."),
        state: stateSchema,
      }),
    )
    .readonly(),
  default: z.string(),
  shadows: z.array(z.strictObject({ ...shadowSchema.shape, state: stateSchema })).readonly(),
  compare: shape.compare,
  defaults: shape.defaults,
  quota: shape.quota,
  metrics: shape.metrics,
  auth: shape.auth,
  cors: shape.cors,
  capture: shape.capture,
  capture_state: z
    .enum(["off", "written", "unheard"])
    .describe("`unheard`: no courier has a CAPTURE_FOLDER, so nothing is recorded."),
  allow_different_contract: z.boolean(),
  history: z.array(earlierSchema).readonly().describe("Earlier traffic, newest first; at most 10."),
  created_at: timeSchema,
  updated_at: timeSchema,
  urls: z.strictObject({ self: z.string(), jobs: z.string() }),
});

/** All that the key may use, by name. */
export const endpointListSchema = z.strictObject({
  object: z.literal("list"),
  data: z.array(endpointSchema).readonly(),
});

export type EndpointJson = z.output<typeof endpointSchema>;
export type EndpointList = z.output<typeof endpointListSchema>;

export interface StateServices extends Versions {
  /** Whether a courier lives that writes what is captured. */
  readonly endpoints: { readonly isCaptureHeard: boolean };
}

export function endpointJson(endpoint: Endpoint, services: StateServices): EndpointJson {
  const { name, revision, definition, createdAtMs, updatedAtMs } = endpoint;
  const counts = bucketCounts(definition);
  return {
    object: "endpoint",
    name,
    revision,
    ...definition,
    variants: definition.variants.map((variant) => ({
      ...variant,
      traffic: (counts.get(variant.name) ?? 0) / 100,
      state: stateOf(variant.model, services),
    })),
    shadows: definition.shadows.map((shadow) => ({
      ...shadow,
      state: stateOf(shadow.model, services),
    })),
    capture_state: captureState(definition, services),
    history: endpoint.history.map(({ until_ms: untilMs, ...earlier }) => ({
      ...earlier,
      until: rfc3339(untilMs),
    })),
    created_at: rfc3339(createdAtMs),
    updated_at: rfc3339(updatedAtMs),
    urls: { self: `/v1/endpoints/${name}`, jobs: `/v1/models/${name}/jobs` },
  };
}

function captureState(
  { capture }: Definition,
  { endpoints }: StateServices,
): EndpointJson["capture_state"] {
  if (capture === null) return "off";
  return endpoints.isCaptureHeard ? "written" : "unheard";
}
