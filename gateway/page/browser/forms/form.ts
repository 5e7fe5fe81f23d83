import type { ComponentType } from "preact";
import type { ExampleList } from "../../../models/inputs.ts";
import type { Model } from "../../../models/model-schema.ts";
import type { Draft } from "./draft.ts";

export type Example = ExampleList["data"][number];

export interface InputProps {
  readonly model: Model;
  readonly draft: Draft | undefined;
  readonly examples: readonly Example[];
  /** Which of them the draft is. */
  readonly chosen: string | undefined;
  readonly onExample: (example: Example) => void;
  /** Scores it. */
  readonly onDraft: (draft: Draft) => void;
  /** Reads a file of an example. */
  readonly load: (url: string) => Promise<Blob>;
  /** Where in the input the last answer found faults: their text, by JSON Pointer below `input`. */
  readonly faults: ReadonlyMap<string, string>;
}

export interface OutputProps {
  readonly output: unknown;
  /** What was asked. */
  readonly draft: Draft | undefined;
  /** What is right, where its maker knows it of the example that was asked: `{"id": …}`. */
  readonly expected: unknown;
}

/** How inputs of a pipeline are made, and its outputs shown. */
export interface Form {
  /** What a list says of the model. */
  readonly kind: string;
  readonly inputTitle: string;
  readonly outputTitle: string;
  readonly Input: ComponentType<InputProps>;
  readonly Output: ComponentType<OutputProps>;
  /** Best first: one of them is scored when the page opens. */
  readonly order?: (examples: readonly Example[]) => readonly Example[];
  /** What an example that is no file becomes; by default, its input. */
  readonly draftOf?: (example: Example, model: Model) => Draft;
}
