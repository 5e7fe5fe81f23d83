import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { manifestSchema, publishSchemas } from "../../../../../../shared/model/manifest.ts";
import {
  readSchema,
  schemaFault,
} from "../../../../../../shared/model/pipelines/script/given-schema.ts";
import { script } from "../../../../../../shared/model/pipelines/script/definition.ts";
import { repositoryFile } from "../../../../../support/client.ts";

const NO_TENSORS = { inputs: [], outputs: [], dimensions: {} };

describe("a JSON Schema of a manifest", () => {
  const nested = (schema: object): object => ({
    type: "object",
    properties: { a: { type: "array", items: schema } },
  });

  const refused: readonly (readonly [schema: Readonly<Record<string, unknown>>, fault: RegExp])[] =
    [
      [{ type: "striing" }, /striing/],
      [{ type: "string", pattern: "(" }, /regular expression/],
      [{ if: { const: 1 } }, /if\/then\/else/],
      [{ not: { type: "string" } }, /not/],
      [{ type: "object", dependentRequired: { a: ["b"] } }, /dependentRequired/],
      [{ $defs: { a: { type: "number" } }, $ref: "#/$defs/a" }, /\$ref/],
      [{ minLength: 3 }, /minLength without a type/],
      [{ properties: { a: { type: "string" } } }, /properties without a type/],
      [{ type: "string", enum: ["a", "bb"], minLength: 2 }, /minLength beside enum/],
      [{ type: "object", required: ["a"] }, /requires "a"/],
      [
        { type: "string", pattern: "^(a+)+$" },
        /pattern "\^\(a\+\)\+\$", which can backtrack.*; begin it/,
      ],
      [{ type: "object", patternProperties: { "\\s*x\\s*$": {} } }, /can backtrack/],
      [{ type: "array", items: [{ type: "string", pattern: "(a|a)*b" }] }, /can backtrack/],
    ];
  for (const [schema, fault] of refused) {
    it(`is refused, at any depth, when it is ${JSON.stringify(schema)}`, () => {
      assert.match(schemaFault(schema) ?? "", fault);
      assert.notEqual(schemaFault({ ...nested(schema) }), undefined);
    });
  }

  it("is a fault of its manifest, with its place", () => {
    const manifest = repositoryFile("test/fixtures/models/script-example/1/manifest.json");
    const { pipeline, ...rest } = z
      .looseObject({ pipeline: z.looseObject({}) })
      .parse(JSON.parse(manifest.toString()));
    const faults = (members: object): unknown =>
      manifestSchema
        .safeParse({ ...rest, pipeline: { ...pipeline, ...members } })
        .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    assert.equal(faults({}), undefined);
    assert.deepEqual(faults({ input: { minimum: 1 }, parameters: { type: "string" } }), [
      "pipeline.input: has minimum without a type",
      "pipeline.parameters: is not a schema of type object",
    ]);
    assert.match(String(faults({ module: "../a.ts" })), /pipeline.module/);
    assert.match(String(faults({ module: "a.json" })), /must be a module/);
  });

  it("may name members as keywords are named", () => {
    const schema = { type: "object", properties: { required: { type: "string" }, items: {} } };
    assert.equal(schemaFault(schema), undefined);
    assert.ok(readSchema(schema).safeParse({ required: "a", items: 1 }).success);
    assert.ok(!readSchema(schema).safeParse({ required: 1 }).success);
  });

  it("is published word for word, and fills in defaults", () => {
    const input = { type: "array", items: { type: "integer" }, uniqueItems: true, title: "ids" };
    const parameters = { type: "object", properties: { k: { type: "integer", default: 3 } } };
    const settings = { type: "script", module: "a.ts", input, output: input, parameters } as const;
    const contract = script.contract(settings, NO_TENSORS);
    const $schema = "https://json-schema.org/draft/2020-12/schema";
    assert.deepEqual(publishSchemas(contract), {
      input: { $schema, ...input },
      output: { $schema, ...input },
      parameters: { $schema, ...parameters },
    });
    assert.equal(contract.input.parse([1, 2]).toString(), "[1,2]");
    assert.ok(!contract.input.safeParse([1, 1]).success);
    assert.deepEqual(contract.parameters.parse({}), { k: 3 });
    assert.throws(() => contract.parameters.parse({ k: "3" }), z.ZodError);
  });
});
