import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { swaggerSchema } from "../../../../../gateway/dialects/azureml/swagger-schema.ts";
import { swaggerOf } from "../../../../../gateway/dialects/azureml/swagger.ts";
import { contractOf } from "../../../../../shared/model/manifest.ts";
import { loadRegistry } from "../../../../../shared/model/registry.ts";
import { ROOT } from "../../../../sync/support/repository.ts";

describe("a service as Swagger 2.0", () => {
  const versions = ["models", "test/fixtures/models"].flatMap(
    (folder) => loadRegistry(join(ROOT, folder)).versions,
  );
  for (const version of versions) {
    it(`is valid for ${version.id}`, async () => {
      const swagger = swaggerOf(version.name, version, contractOf(version.manifest));
      const { valid, errors } = await new Validator().validate({ ...swagger });
      assert.ok(valid, JSON.stringify(errors));
    });
  }

  it("leaves open what it has no words for, and keeps the rest", () => {
    const schema = {
      type: "object",
      properties: {
        image: { type: "string", contentEncoding: "base64", maxLength: 9 },
        choice: { anyOf: [{ type: "string" }, { type: "null" }], description: "One." },
        list: { type: "array", items: { type: "number", exclusiveMinimum: 0 } },
      },
      required: ["image"],
      additionalProperties: false,
    };
    assert.deepEqual(swaggerSchema(schema), {
      type: "object",
      properties: {
        image: { type: "string", format: "byte", maxLength: 9 },
        choice: { description: "One." },
        list: { type: "array", items: { type: "number" } },
      },
      required: ["image"],
    });
  });
});
