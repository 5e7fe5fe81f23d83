import type { Form } from "./form.ts";
import { imageForm } from "./image.ts";
import { jsonForm } from "./json.ts";
import { recordForm } from "./record.ts";
import { questionForm } from "./question.ts";

/** The form of each pipeline that has one of its own; all others are written as JSON. */
const FORMS: Readonly<Record<string, Form>> = {
  "image-classification": imageForm,
  "text-match": questionForm,
  tabular: recordForm,
  tensor: { ...jsonForm, kind: "Tensors" },
  script: { ...jsonForm, kind: "Script" },
};

export function formOf(pipeline: string): Form {
  return FORMS[pipeline] ?? { ...jsonForm, kind: pipeline };
}
