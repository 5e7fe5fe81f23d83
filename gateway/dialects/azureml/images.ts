import { z } from "zod";
import { fault } from "../../../shared/error.ts";
import { pointerTo } from "../../../shared/model/faults.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import type { SettingsOf } from "../../../shared/model/pipelines.ts";
import type { Kind, Rows } from "./kind.ts";
import { parseShort } from "../../http/parse-short.ts";

/** Classes that the reference's services answer with. */
const TOP_K = 3;

/** What an image is called that was sent without a name. */
const NAME = "image";

const outputSchema = z.object({
  predictions: z.array(
    z.object({ label: z.string(), wnid: z.string().optional(), probability: z.number() }),
  ),
});

/**
 * Images have names: of the file's field in a form, or of the member in JSON. The answer has, under
 * each name, a list `[wnid, label, probability]` for each of three classes.
 */
export function imageKind({ top_k: topK }: SettingsOf<"image-classification">): Kind {
  return {
    parameters: { top_k: Math.min(TOP_K, topK.max) },
    rowsOf,
    namesOf,
    answer: (outputs, { names }) =>
      Object.fromEntries(names.map((name, i) => [name, classesOf(outputs[i])])),
    isTimed: true,
    schema: {
      type: "array",
      description: "The classes of each image by its name, and the time that this took.",
      items: {},
      example: [{ [NAME]: [["n02127052", "lynx", 0.98165]] }, "Computed in 98.39 ms"],
    },
  };
}

function classesOf(output: unknown): readonly (readonly [string | null, string, number])[] {
  const { predictions } = outputSchema.parse(output);
  return predictions.map(({ wnid = null, label, probability }) => [wnid, label, probability]);
}

/** `{"name": "<base64>", …}`, that as text, or base64 alone. */
function rowsOf(input: unknown, contract: PipelineContract): Rows {
  const named = typeof input === "string" ? ofText(input) : input;
  const isBare = typeof input === "string" && !input.startsWith("{");
  const levels = isBare ? 0 : 1;
  // An image stands under its name, or alone, and not in a member of it, as the contract has it.
  const images = parseShort(imagesSchema(contract), named, { pointer: "/input", levels });
  const entries = Object.entries(images);
  if (entries.length === 0) throw fault("invalid_input", "/input", "holds no image");
  return {
    form: "many",
    rows: entries.map(([, row]) => row),
    names: entries.map(([name]) => name),
    places: entries.map(
      ([name]) =>
        () =>
          isBare ? "/input" : `/input${pointerTo(name)}`,
    ),
  };
}

/** The oldest clients put the base64 into quotes of its own. */
function imagesSchema({ input }: PipelineContract): z.ZodType<Record<string, Buffer>> {
  const image = z
    .string()
    .transform((text): unknown => ({ image: text.startsWith('"') ? text.slice(1, -1) : text }));
  return z.record(z.string(), image.pipe(input));
}

function ofText(text: string): unknown {
  if (!text.startsWith("{")) return { [NAME]: text };
  try {
    return JSON.parse(text);
  } catch {
    throw fault("invalid_input", "/input", "begins like JSON, but is not");
  }
}

/** @throws {ScoringError} `invalid_input` for two of one name: the answer could tell of one only */
function namesOf({ form, rows, names }: Pick<Rows, "form" | "rows" | "names">): readonly string[] {
  if (names === undefined) return form === "one" ? [NAME] : rows.map((_, i) => String(i));
  const twin = names.find((name, i) => names.indexOf(name) < i);
  if (twin === undefined) return names;
  const shown = JSON.stringify(twin.slice(0, 100));
  throw fault("invalid_input", "", `Two images are named ${shown}; give each a name of its own.`);
}
