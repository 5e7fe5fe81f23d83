import type { Form } from "./form.ts";
import { PredictionsOutput } from "./predictions.ts";
import { textInput } from "./text-input.ts";

/** A text in, and what kind it is of out. */
export const classificationForm: Form = {
  kind: "Texts",
  inputTitle: "Text",
  outputTitle: "What kind it is",
  Input: textInput({
    label: "Your text",
    hint: "Type or paste a text, and press Enter",
    verb: "Classify",
  }),
  Output: PredictionsOutput,
};
