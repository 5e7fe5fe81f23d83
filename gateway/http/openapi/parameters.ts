import { z } from "zod";
import type { Registry } from "../../../shared/model/registry.ts";
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

/** `{id}` in a path. */
export function idParameter(description: string, example: string): Parameter {
  return pathParameter("id", description, example);
}

/** A text in a path. */
export function pathParameter(name: string, description: string, example: string): Parameter {
  const schema = { type: "string", minLength: 1, examples: [example] };
  return { name, in: "path", required: true, description, schema };
}

/** How long to wait, in the header or the query; the header wins. */
export const waitParameters: readonly Parameter[] = [
  {
    ...header("Prefer", {
      description:
        "RFC 7240. `wait=n`: wait up to n seconds for the end; `wait`: the default wait; " +
        "`respond-async`: do not wait. Unknown preferences are ignored.",
      example: "wait=30",
    }),
    // With this, /docs fills it in.
    example: "wait=30",
  },
  {
    name: "wait",
    in: "query",
    description: "Same as `Prefer: wait=n`, for clients that cannot set headers.",
    schema: { type: "number", examples: [30] },
  },
];

/** What a repeat is known by. */
export const idempotencyParameter = header("Idempotency-Key", {
  description: "A repeat with the same key returns what the first request created. Quoted or bare.",
  schema: { minLength: 1, maxLength: 255, pattern: "^[!-~]+$" },
  example: "0b1f2a56-order-77",
});

/** What is kept with a job or a batch, and sent along with word of it. */
export const traceParameters: readonly Parameter[] = [
  header("X-Request-Id", {
    description:
      "By which you find the request again: every answer has it, our logs and our webhooks. " +
      "A longer one, or one of other characters, is replaced.",
    schema: { pattern: "^[\\w.:/+=@~-]{1,128}$" },
    example: "order-77.retry-1",
  }),
  header("traceparent", {
    description: "W3C Trace Context: likewise, and the parent of what we record of the request.",
    schema: { pattern: "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}" },
    example: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  }),
  header("tracestate", {
    description:
      "What tracing systems have added to the `traceparent`: goes with it, as it is. A longer one, or one " +
      "that is not printable ASCII, is left out.",
    schema: { pattern: "^[!-~]([ -~]{0,510}[!-~])?$" },
    example: "vendor=00f067aa0ba902b7",
  }),
];

/** What the client knows of the job. */
export const ifNoneMatchParameter = header("If-None-Match", {
  description: "The unchanged `ETag` of an earlier answer: 304 while it is still the same.",
  example: '"1-queued"',
});

/** The last event that the client has seen. */
export const lastEventIdParameter = header("Last-Event-ID", {
  description: "`id` of the last event you saw; older events are skipped.",
  example: "1-queued-12",
});

/** The members of a query, from the schema that reads them. */
export function queryParameters(shape: z.ZodRawShape): Parameter[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { description = "", $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
    return { name, in: "query", description, schema: json };
  });
}

/** The example stays inside the schema: beside it, /docs would send it unasked. */
export function header(
  name: string,
  parts: { readonly description: string; readonly schema?: object; readonly example: string },
): Parameter {
  const { description, schema, example } = parts;
  const text = { type: "string", ...schema, examples: [example] };
  return { name, in: "header", description, schema: text };
}
