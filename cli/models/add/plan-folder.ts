import { UsageError } from "../../terminal/command.ts";
import type { HubFolder } from "../hub/hub-folder.ts";
import { planEmbedding } from "./plan-embedding.ts";
import type { FolderPlanner } from "./plan.ts";

/** Of the pipelines that a Hugging Face folder tells enough about. */
const PLANNERS: Readonly<Record<string, FolderPlanner>> = {
  "text-embedding": planEmbedding,
};

/** What a model is made for, by the end of its architecture's name. */
const ARCHITECTURES: readonly (readonly [end: string, pipeline: string])[] = [];

/** The plan of a Hugging Face folder, by `--pipeline` or what its architecture is made for. */
export const planFolder: FolderPlanner = async (folder, model, tensors, questions) => {
  const pipeline = questions.said("pipeline") ?? pipelineOf(folder);
  const planner = Object.hasOwn(PLANNERS, pipeline) ? PLANNERS[pipeline] : undefined;
  if (planner !== undefined) return planner(folder, model, tensors, questions);
  const known = Object.keys(PLANNERS).join(", ");
  throw new UsageError(
    `--pipeline ${pipeline}: of a folder, it is one of ${known}; for others, name the ONNX file`,
  );
};

/** What has no head is taken for its embeddings. */
function pipelineOf({ config }: HubFolder): string {
  const made = config.architectures ?? [];
  const found = ARCHITECTURES.find(([end]) => made.some((name) => name.endsWith(end)));
  return found?.[1] ?? "text-embedding";
}
