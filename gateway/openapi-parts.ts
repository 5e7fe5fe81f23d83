import { z } from "zod";
import type { RequiredScope } from "./middleware/authorise.ts";

/** Pieces that every operation of the description is made of. */

/**
 * An operation behind the guard. Roles are named as OpenAPI 3.1 allows for a scheme that is not
 * OAuth.
 */
export function locked(scope: RequiredScope, open: Operation): Operation {
  const refusals = {
    401: problem("There is no key, or none that works."),
    403: problem("The key does not allow it."),
    503: problem("The key cannot be looked up; try again."),
  };
  const security = [{ key: scope === "any" ? [] : [scope] }];
  return { ...open, security, responses: { ...refusals, ...open.responses } };
}

/** As much of an operation as is added to here. */
export interface Operation {
  readonly operationId: string;
  readonly responses: object;
  readonly [member: string]: unknown;
}

export function operation(operationId: string, summary: string, responses: object): Operation {
  const unforeseen = { 500: problem("Something went wrong on our side; it is logged.") };
  return { operationId, summary, responses: { ...responses, ...unforeseen }, security: [] };
}

export function json(description: string, schema: object): object {
  return { description, content: { "application/json": { schema } } };
}

export function problem(description: string): object {
  return { description, content: { "application/problem+json": { schema: ref("Problem") } } };
}

export function ref(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

export function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  return z.toJSONSchema(schema, { io });
}

export function idParameter(): object {
  return { name: "id", in: "path", required: true, schema: { type: "string" } };
}

export function header(name: string, description: string): object {
  return { name, in: "header", description, schema: { type: "string" } };
}
