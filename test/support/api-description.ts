import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { z } from "zod";

const schema = z.union([z.boolean(), z.looseObject({})]);
const examples = z.record(z.string(), z.looseObject({ value: z.unknown() }));
const content = z.record(z.string(), z.looseObject({ schema, examples: examples.optional() }));
const headerRefs = z.record(z.string(), z.strictObject({ $ref: z.string() }));
const response = z.looseObject({
  description: z.string(),
  headers: headerRefs.default({}),
  content: content.default({}),
});
const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean().default(false),
  schema: z.looseObject({}),
});
const operationSchema = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(parameter).default([]),
  requestBody: z.looseObject({ content }).optional(),
  security: z.array(z.strictObject({ key: z.array(z.string()) })),
  responses: z.record(z.string(), response),
});
const documentSchema = z.looseObject({
  tags: z.array(z.looseObject({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({
    headers: z.record(z.string(), z.looseObject({ required: z.boolean().default(false) })),
    responses: z.record(z.string(), response),
    schemas: z.record(z.string(), schema),
  }),
});

export type Content = z.infer<typeof content>;

export interface PlacedOperation extends z.infer<typeof operationSchema> {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

/** Headers of HTTP itself, which no operation describes. */
const TRANSPORT = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "transfer-encoding",
  "vary",
]);

/** The OpenAPI document, to hold answers against. */
export class ApiDescription {
  readonly document: z.infer<typeof documentSchema>;
  readonly operations: readonly PlacedOperation[];
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor(document: unknown) {
    this.document = documentSchema.parse(document);
    this.#ajv.addSchema(z.looseObject({}).parse(document), "api:", false, false);
    this.operations = Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
      })),
    );
  }

  operation(id: string): PlacedOperation {
    const found = this.operations.find((one) => one.id === id);
    assert.ok(found, `no operation ${id}`);
    return found;
  }

  /** Whether a value is of the schema at this place in the document. */
  validator(place: readonly string[]): ValidateFunction {
    const $ref = `api:#${pointer(place)}`;
    return this.#ajv.getSchema($ref) ?? this.#ajv.compile({ $ref });
  }

  /**
   * Holds an answer against what its operation says: status, headers, media type, body.
   *
   * @throws {assert.AssertionError} naming what is not so
   */
  check(id: string, reply: { status: number; headers: Headers; text: string }): void {
    const { path, method, responses } = this.operation(id);
    const what = `${id} ${reply.status}`;
    const described = responses[reply.status];
    assert.ok(described, `${what} is not described: ${reply.text.slice(0, 300)}`);
    this.#checkHeaders(what, reply.headers, described.headers);
    const [type = ""] = (reply.headers.get("content-type") ?? "").split(";");
    if (type === "") return assert.equal(reply.text, "", `${what} has a body without a type`);
    assert.ok(described.content[type], `${what} is not described as ${type}`);
    if (type.endsWith("ndjson")) return this.#checkLines(what, reply.text);
    if (!type.endsWith("json")) return;
    const place = ["paths", path, method.toLowerCase(), "responses", String(reply.status)];
    const isValid = this.validator([...place, "content", type, "schema"]);
    const body: unknown = JSON.parse(reply.text);
    assert.ok(isValid(body), `${what}: ${JSON.stringify(isValid.errors)}\n${reply.text}`);
  }

  #checkLines(what: string, text: string): void {
    const isValid = this.validator(["components", "schemas", "BatchLine"]);
    for (const line of text.split("\n").slice(0, -1)) {
      const value: unknown = JSON.parse(line);
      assert.ok(isValid(value), `${what}: ${JSON.stringify(isValid.errors)}\n${line}`);
    }
  }

  #checkHeaders(what: string, sent: Headers, described: z.infer<typeof headerRefs>): void {
    const known = new Map(
      Object.entries(described).map(([name, { $ref }]) => [name.toLowerCase(), $ref]),
    );
    for (const name of sent.keys()) {
      if (TRANSPORT.has(name)) continue;
      assert.ok(known.has(name), `${what}: header ${name} is not described`);
    }
    for (const [name, $ref] of known) {
      const component = this.document.components.headers[$ref.split("/").at(-1) ?? ""];
      if (component?.required !== true) continue;
      assert.ok(sent.has(name), `${what}: header ${name} is missing`);
    }
  }
}

/** JSON Pointer (RFC 6901). */
function pointer(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
