import type { ModelVersion } from "../../../shared/model/registry.ts";
import { publishSchemas } from "../../../shared/model/manifest.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import { exampleOf } from "../../models/examples.ts";
import { kindOf } from "./kinds.ts";
import { swaggerSchema } from "./swagger-schema.ts";

/** A service as Swagger 2.0, which is what clients of Azure ML read, with a sample of either side. */
export function swaggerOf(name: string, version: ModelVersion, contract: PipelineContract): object {
  const { manifest } = version;
  const kind = kindOf(manifest.pipeline);
  const schemas = publishSchemas(contract);
  const example = exampleOf(version);
  const input = swaggerSchema(schemas.input);
  const output = kind?.schema ?? withExample(swaggerSchema(schemas.output), example?.output);
  return {
    swagger: "2.0",
    info: { title: name, description: manifest.description, version: String(version.version) },
    basePath: `/api/v1/service/${name}`,
    consumes: ["application/json"],
    produces: ["application/json"],
    securityDefinitions: {
      Bearer: {
        type: "apiKey",
        name: "Authorization",
        in: "header",
        description: "For example: Bearer sk_1_secret",
      },
    },
    paths: {
      "/score": {
        post: {
          operationId: "RunMLService",
          description: "Scores one input, or several.",
          security: [{ Bearer: [] }],
          parameters: [
            { name: "request", in: "body", required: true, schema: refTo("ServiceInput") },
          ],
          responses: {
            200: { description: "What the model says.", schema: refTo("ServiceOutput") },
            default: { description: "What went wrong.", schema: refTo("ErrorResponse") },
          },
        },
      },
    },
    definitions: {
      ServiceInput: withExample(
        {
          type: "object",
          properties: {
            input,
            data: { type: "array", items: input },
            parameters: swaggerSchema(schemas.parameters),
          },
        },
        example?.request,
      ),
      ServiceOutput: output,
      ErrorResponse: {
        type: "object",
        properties: {
          status_code: { type: "integer", format: "int32" },
          message: { type: "string" },
          code: { type: "string" },
        },
      },
    },
  };
}

function refTo(definition: string): object {
  return { $ref: `#/definitions/${definition}` };
}

function withExample(schema: object, example: unknown): object {
  return example === undefined ? schema : { ...schema, example };
}
