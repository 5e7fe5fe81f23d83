import { z } from "zod";
import type { Manifest } from "./manifest.ts";
import type { PipelineContract } from "./pipelines/contract.ts";
import { imageClassificationContract } from "./pipelines/image-classification.ts";
import { scriptContract } from "./pipelines/script.ts";
import { tabularContract } from "./pipelines/tabular.ts";
import { tensorContract } from "./pipelines/tensor.ts";
import { textMatchContract } from "./pipelines/text-match.ts";

/** What the model of this manifest takes and gives. */
export function contractOf(manifest: Manifest): PipelineContract {
  const { pipeline } = manifest;
  switch (pipeline.type) {
    case "image-classification":
      return imageClassificationContract(pipeline);
    case "text-match":
      return textMatchContract(pipeline);
    case "tabular":
      return tabularContract(manifest, pipeline);
    case "tensor":
      return tensorContract(manifest);
    case "script":
      return scriptContract(pipeline);
  }
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
