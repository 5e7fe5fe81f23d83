import { z } from "zod";
import { RefusedError, type Gateway } from "../http/gateway.ts";

const sharedSchema = z.looseObject({ name: z.string(), model: z.string(), share: z.number() });

const stateSchema = z.looseObject({
  status: z.string(),
  detail: z.string().nullable(),
  workers: z.looseObject({ ready: z.number() }),
});

const variantSchema = z.looseObject({
  ...sharedSchema.shape,
  type: z.string(),
  traffic: z.number(),
  state: stateSchema,
});

const shadowSchema = z.looseObject({
  name: z.string(),
  model: z.string(),
  percent: z.number(),
  state: stateSchema,
});

/** As the gateway shows an endpoint. */
export const endpointSchema = z.looseObject({
  name: z.string(),
  revision: z.number(),
  description: z.string(),
  variants: z.array(variantSchema),
  default: z.string(),
  shadows: z.array(shadowSchema),
  history: z.array(
    z.looseObject({ until: z.string(), variants: z.array(sharedSchema), default: z.string() }),
  ),
  capture_state: z.string(),
  updated_at: z.string(),
});

export type Endpoint = z.infer<typeof endpointSchema>;
export type Variant = z.infer<typeof variantSchema>;

/** Where a gateway has them. */
export const ENDPOINTS = "/v1/endpoints";

export const endpointListSchema = z.object({ data: z.array(endpointSchema) });

export function endpointPath(name: string): string {
  return `${ENDPOINTS}/${encodeURIComponent(name)}`;
}

export async function readEndpoint(gateway: Gateway, name: string): Promise<Endpoint> {
  return gateway.json({ path: endpointPath(name) }, endpointSchema);
}

/** @returns undefined when there is none of this name */
export async function findEndpoint(gateway: Gateway, name: string): Promise<Endpoint | undefined> {
  try {
    return await readEndpoint(gateway, name);
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Lets a change pass only while the endpoint is as it was seen. The revision is its ETag, which a
 * proxy that compresses would have weakened.
 */
export function ifStill(seen: Endpoint | undefined): Readonly<Record<string, string>> {
  return seen === undefined ? { "if-none-match": "*" } : { "if-match": `"${seen.revision}"` };
}
