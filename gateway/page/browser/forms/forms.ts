import type { Form } from "./form.ts";
import { classificationForm } from "./classification.ts";
import { detectionForm } from "./detection.ts";
import { embeddingForm } from "./embedding.ts";
import { entitiesForm } from "./entities.ts";
import { imageForm } from "./image.ts";
import { jsonForm } from "./json.ts";
import { PredictionsOutput } from "./predictions.ts";
import { recordForm } from "./record.ts";
import { questionForm } from "./question.ts";

/** The form of each pipeline that has one of its own; all others are written as JSON. */
const FORMS: Readonly<Record<string, Form>> = {
  "image-classification": imageForm,
  "object-detection": detectionForm,
  "text-match": questionForm,
  "text-classification": classificationForm,
  "text-pair": { ...recordForm, kind: "Pairs", inputTitle: "Texts", Output: PredictionsOutput },
  "text-embedding": embeddingForm,
  "token-classification": entitiesForm,
  tabular: recordForm,
  tensor: { ...jsonForm, kind: "Tensors" },
  script: { ...jsonForm, kind: "Script" },
};

export function formOf(pipeline: string): Form {
  return FORMS[pipeline] ?? { ...jsonForm, kind: pipeline };
}
