import { z } from "zod";
import type { Manifest } from "./manifest.ts";
import type { PipelineContract } from "./pipelines/contract.ts";
import { pipelineOf } from "./pipelines.ts";

/** What the model of this manifest takes and gives. */
export function contractOf(manifest: Manifest): PipelineContract {
  return pipelineOf(manifest.pipeline).contract(manifest.pipeline, manifest);
}

/** JSON Schemas (2020-12) of one input, one output and the parameters, as clients send and get them. */
export interface PublishedSchemas {
  readonly input: object;
  readonly output: object;
  readonly parameters: object;
}

export function publishSchemas(contract: PipelineContract): PublishedSchemas {
  return {
    input: z.toJSONSchema(contract.input, { io: "input" }),
    output: z.toJSONSchema(contract.output),
    parameters: z.toJSONSchema(contract.parameters, { io: "input" }),
  };
}
