import type { ModelList } from "../../../models/model-schema.ts";
import type { Parameters } from "../forms/draft.ts";
import type { Source, SourceKind } from "../upload/source.ts";

/** What is to become of a source, as its form has it: texts as they were typed. */
export interface Wishes {
  readonly model: string;
  readonly name: string;
  readonly isLenient: boolean;
  readonly maxFailed: string;
  readonly webhook: string;
  readonly parameters: Parameters;
}

export const NO_WISHES: Wishes = {
  model: "",
  name: "",
  isLenient: false,
  maxFailed: "",
  webhook: "",
  parameters: {},
};

/** Pipelines whose models take a kind of source, the likeliest first, as far as that can be told. */
const TAKERS: Readonly<Record<SourceKind, readonly string[]>> = {
  csv: ["tabular", "text-match"],
  ndjson: [],
  photos: ["image-classification", "object-detection"],
};

/** The model that most likely is meant. @param asked what was chosen before, if anything */
export function likelyModel(source: Source, models: ModelList, asked: string): string {
  const said = source.head?.["model"];
  if (typeof said === "string") return said;
  if (asked !== "") return asked;
  const rank = ({ versions }: ModelList["data"][number]): number => {
    const ranks = versions.map(({ pipeline }) => TAKERS[source.kind].indexOf(pipeline));
    const isReady = versions.some(({ workers }) => workers.ready > 0);
    return Math.max(...ranks.map((at) => (at < 0 ? 0 : 10 - at))) + (isReady ? 0.5 : 0);
  };
  return models.data.toSorted((a, b) => rank(b) - rank(a))[0]?.name ?? "";
}

/** The request that makes an open batch; what is left empty is the gateway's to say. */
export function requestOf(source: Source, wishes: Wishes): Readonly<Record<string, unknown>> {
  const { model, name, maxFailed, webhook, parameters } = wishes;
  const head = source.head ?? {};
  const metadata = head["metadata"];
  const named = { ...(typeof metadata === "object" ? metadata : {}), name: name || source.name };
  return {
    ...head,
    model,
    metadata: named,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(maxFailed.trim() !== "" && { max_failed: numberOr(maxFailed.trim()) }),
    ...(webhook.trim() !== "" && { webhook: { url: webhook.trim() } }),
  };
}

/** What is no number the gateway refuses, and says why. */
function numberOr(text: string): number | string {
  return Number.isNaN(Number(text)) ? text : Number(text);
}
