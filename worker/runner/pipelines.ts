import { type Manifest, contractOf } from "../../shared/model/manifest.ts";
import type { PipelineType, SettingsOf } from "../../shared/model/pipelines.ts";
import type { Pipeline, ServedModel } from "./pipelines/pipeline.ts";
import { script } from "./pipelines/script/pipeline.ts";
import { tabular } from "./pipelines/tabular/pipeline.ts";
import { tensor } from "./pipelines/tensor/pipeline.ts";
import { textMatch } from "./pipelines/text-match/pipeline.ts";

/** The runner's side of all pipelines. */
const pipelines: {
  readonly [Type in PipelineType]: (
    model: ServedModel<SettingsOf<Type>>,
  ) => Pipeline | Promise<Pipeline>;
} = {
  "image-classification": async (model) => {
    // It brings libvips, whose loading others need not wait for.
    const { imageClassification } = await import("./pipelines/image-classification/pipeline.ts");
    return imageClassification(model);
  },
  "object-detection": async (model) => {
    const { objectDetection } = await import("./pipelines/object-detection/pipeline.ts");
    return objectDetection(model);
  },
  "text-embedding": async (model) => {
    // These bring the native tokenizers.
    const { textEmbedding } = await import("./pipelines/text-embedding/pipeline.ts");
    return textEmbedding(model);
  },
  "text-classification": async (model) => {
    const { textClassification } = await import("./pipelines/text-classification/pipeline.ts");
    return textClassification(model);
  },
  "token-classification": async (model) => {
    const { tokenClassification } = await import("./pipelines/token-classification/pipeline.ts");
    return tokenClassification(model);
  },
  "text-pair": async (model) => {
    const { textPair } = await import("./pipelines/text-pair/pipeline.ts");
    return textPair(model);
  },
  "text-match": textMatch,
  tabular,
  tensor,
  script,
};

/** @throws when a file that the pipeline needs is missing, or is not what it must be */
export async function pipelineFor(manifest: Manifest, folder: string): Promise<Pipeline> {
  const { pipeline: settings } = manifest;
  return make(settings.type, { manifest, settings, contract: contractOf(manifest), folder });
}

async function make<Type extends PipelineType>(
  type: Type,
  model: ServedModel<SettingsOf<Type>>,
): Promise<Pipeline> {
  return pipelines[type](model);
}
