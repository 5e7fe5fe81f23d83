import type { PipelineSettings } from "../../../shared/model/pipelines.ts";
import { faqKind } from "./faq.ts";
import { imageKind } from "./images.ts";
import type { Kind } from "./kind.ts";

/** @returns undefined for all pipelines whose outputs are answered as they are */
export function kindOf(pipeline: PipelineSettings): Kind | undefined {
  if (pipeline.type === "text-match") return faqKind(pipeline);
  return pipeline.type === "image-classification" ? imageKind(pipeline) : undefined;
}
