import type { Context } from "hono";
import { z } from "zod";
import { ScoringError } from "../../../shared/error.ts";
import type { BodyBudget } from "../../http/body-budget.ts";
import { headerOf } from "../../http/header.ts";
import { parseBody } from "../../http/parse-json.ts";
import { mediaTypeIn, readBody, refuseCharset } from "../../http/read-body.ts";

/** As many as OpenAI's API takes. */
export const INPUTS_MAX = 2048;

/** A text, or ids of tokens. */
export type EmbeddingInput = string | readonly number[];
type EmbeddingInputs = EmbeddingInput | readonly EmbeddingInput[];

const ids = z.array(z.int().min(0)).min(1);
const { $schema: _, ...inputs } = z.toJSONSchema(
  z
    .union([
      z.string(),
      z.array(z.string()).min(1).max(INPUTS_MAX),
      ids,
      z.array(ids).min(1).max(INPUTS_MAX),
    ])
    .describe("A text, up to 2,048 of them, or ids of the model's own tokens."),
);

/** `POST /openai/v1/embeddings`; what one input may be is for the model to say. */
export const embeddingRequestSchema = z.strictObject({
  model: z.string().min(1).describe("An endpoint, a model, or `name@version`."),
  // Looked at by hand, up to the first fault: a union would complain of each of a million elements, four times.
  input: z
    .unknown()
    .meta(inputs)
    .pipe(z.custom<EmbeddingInputs>(areInputs, { error: ({ input }) => inputFault(input) })),
  encoding_format: z.enum(["float", "base64"]).default("float"),
  dimensions: z.int().min(1).optional().describe("Fewer numbers, of a model that was made for it."),
  prompt_name: z
    .string()
    .optional()
    .describe("Which of the model's prompts stands before each text. OpenAI's API has no such."),
  user: z.string().optional().describe("Is not looked at."),
});

function areInputs(input: unknown): input is EmbeddingInputs {
  if (isText(input) || isIds(input)) return true;
  if (!Array.isArray(input) || input.length === 0 || input.length > INPUTS_MAX) return false;
  return input.every(isText) || input.every(isIds);
}

function isText(input: unknown): input is string {
  return typeof input === "string";
}

function isIds(input: unknown): input is readonly number[] {
  return Array.isArray(input) && input.length > 0 && input.every(isId);
}

function isId(element: unknown): boolean {
  return Number.isSafeInteger(element) && Number(element) >= 0;
}

function inputFault(input: unknown): string {
  if (Array.isArray(input) && input.length === 0) return "is an empty list";
  if (Array.isArray(input) && typeof input[0] !== "number" && input.length > INPUTS_MAX)
    return `has ${input.length} inputs; at most ${INPUTS_MAX}`;
  return "must be a text, a list of texts, or one or several lists of token ids";
}

export type EmbeddingRequest = Omit<z.infer<typeof embeddingRequestSchema>, "input"> & {
  readonly inputs: readonly EmbeddingInput[];
  /** Pointer to one of them. */
  readonly pointerTo: (place: number) => string;
};

/** @throws {ScoringError} naming what is at fault */
export async function readEmbeddingRequest(
  c: Context,
  bodies: BodyBudget,
): Promise<EmbeddingRequest> {
  const contentType = headerOf(c, "content-type") ?? "";
  refuseCharset(contentType);
  if (mediaTypeIn(contentType) !== "application/json") {
    throw new ScoringError("unsupported_media_type", "Send JSON, as application/json.");
  }
  const { input, ...request } = parseBody(embeddingRequestSchema, await readBody(c, bodies));
  // A list of numbers is one input, and of anything else as many as it has.
  return isText(input) || isIds(input)
    ? { ...request, inputs: [input], pointerTo: () => "/input" }
    : { ...request, inputs: input, pointerTo: (place) => `/input/${place}` };
}
