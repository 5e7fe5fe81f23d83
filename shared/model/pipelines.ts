import { z } from "zod";
import type { PipelineDefinition } from "./pipelines/definition.ts";
import { valueVersions, type VersionComparer } from "./pipelines/versions.ts";
import { imageClassification } from "./pipelines/image-classification/definition.ts";
import { objectDetection } from "./pipelines/object-detection/definition.ts";
import { script } from "./pipelines/script/definition.ts";
import { tabular } from "./pipelines/tabular/definition.ts";
import { tensor } from "./pipelines/tensor/definition.ts";
import { textClassification } from "./pipelines/text-classification/definition.ts";
import { textEmbedding } from "./pipelines/text-embedding/definition.ts";
import { textMatch } from "./pipelines/text-match/definition.ts";
import { textPair } from "./pipelines/text-pair/definition.ts";
import { tokenClassification } from "./pipelines/token-classification/definition.ts";

/** All pipelines, by the `type` of their settings. */
export const pipelines = {
  "image-classification": imageClassification,
  "object-detection": objectDetection,
  "text-embedding": textEmbedding,
  "text-classification": textClassification,
  "token-classification": tokenClassification,
  "text-pair": textPair,
  "text-match": textMatch,
  tabular,
  tensor,
  script,
};

const { "image-classification": first, ...others } = pipelines;

/** The member `pipeline` of a manifest. */
export const pipelineSettings = z.discriminatedUnion("type", [
  first.settings,
  ...Object.values(others).map(({ settings }) => settings),
]);

export type PipelineSettings = z.infer<typeof pipelineSettings>;
export type PipelineType = PipelineSettings["type"];

/** The settings of one pipeline. */
export type SettingsOf<Type extends PipelineType> = Extract<
  PipelineSettings,
  { readonly type: Type }
>;

/** How outputs of two versions of a model are compared. @param type as values if it is none that we know */
export function versionComparerOf({ type }: { readonly type: string }): VersionComparer {
  return (isPipeline(type) ? pipelineOf({ type }).versions : undefined) ?? valueVersions;
}

function isPipeline(type: string): type is PipelineType {
  return Object.hasOwn(pipelines, type);
}

export function pipelineOf({
  type,
}: Pick<PipelineSettings, "type">): PipelineDefinition<PipelineSettings> {
  return pipelines[type];
}
