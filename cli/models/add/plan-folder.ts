import { UsageError } from "../../terminal/command.ts";
import type { HubFolder } from "../hub/hub-folder.ts";
import { planEmbedding } from "./plan-embedding.ts";
import { isOfPairs, planClassification, planEntities, planPair } from "./plan-labels.ts";
import type { FolderPlanner } from "./plan.ts";

/** Of the pipelines that a Hugging Face folder tells enough about. */
const PLANNERS: Readonly<Record<string, FolderPlanner>> = {
  "text-embedding": planEmbedding,
  "text-classification": planClassification,
  "token-classification": planEntities,
  "text-pair": planPair,
};

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

/** By what it is made for, as the end of its architecture says; what has no head is taken for its embeddings. */
function pipelineOf({ config }: HubFolder): string {
  const isMadeFor = (what: string): boolean =>
    config.architectures?.some((name) => name.endsWith(`For${what}`)) === true;
  if (isMadeFor("TokenClassification")) return "token-classification";
  if (!isMadeFor("SequenceClassification")) return "text-embedding";
  return isOfPairs(config) ? "text-pair" : "text-classification";
}
