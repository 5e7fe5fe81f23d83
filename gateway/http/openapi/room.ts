import { z } from "zod";
import type { Registry } from "../../../shared/model/registry.ts";
import type { ProblemShape } from "../problem-shape.ts";
import type { Operation } from "./operation.ts";

/** What a room of the gateway adds to the API. */
export interface Room<S> {
  /** In the order of `docs/api.md`. */
  readonly operations: readonly Operation<S>[];
  /** What answers are made of, by the name that the document gives it. */
  readonly answers: Readonly<Record<string, z.ZodType>>;
  /** What bodies are made of, by name. */
  readonly bodies?: Readonly<Record<string, z.ZodType>>;
  /** Schemas that are not one of zod's, by name. */
  readonly schemas?: (registry: Registry) => Readonly<Record<string, object>>;
}

/** Another server's form of requests and answers, with paths and a tag of its own. */
export interface Dialect<S> extends Room<S> {
  /** Of all its operations. */
  readonly tag: { readonly name: string; readonly description: string };
  /** Paths that are its own with all below them, also where it has no route. */
  readonly roots: readonly string[];
  /** How it tells of errors. */
  readonly problems: ProblemShape;
}

/** The schemas of the document, for the models there are. */
export function schemaComponents(
  rooms: readonly Room<never>[],
  registry: Registry,
): Record<string, object> {
  const schemas = rooms.map((room) => ({
    ...bodySchemas(room.bodies ?? {}),
    ...room.schemas?.(registry),
  }));
  return Object.assign(answerSchemas(rooms), ...schemas);
}

/** They refer to each other: what is said once is not said again. */
function answerSchemas(rooms: readonly Room<never>[]): Record<string, object> {
  const known = z.registry<{ id: string }>();
  const all = rooms.flatMap(({ answers }) => Object.entries(answers));
  for (const [id, schema] of all) known.add(schema, { id });
  const { schemas } = z.toJSONSchema(known, {
    uri: (id) => `#/components/schemas/${id}`,
    // The pattern beside it says the same at ten times the length.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
}

function bodySchemas(bodies: Readonly<Record<string, z.ZodType>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(bodies).map(([id, schema]) => [id, bodySchema(schema)] as const),
  );
}

/** What is sent, where the schema that reads it makes something else of it. */
export function bodySchema(schema: z.ZodType): Record<string, unknown> {
  return bare(z.toJSONSchema(schema, { io: "input" }));
}

/** Without what says which dialect it is and where it stands: the document says both. */
export function bare<T extends object>(schema: T): Omit<T, "$schema" | "$id"> {
  const { $schema: _, $id: __, ...rest } = { $schema: "", $id: "", ...schema };
  return rest;
}
