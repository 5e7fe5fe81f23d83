import { z } from "zod";
import { fault } from "../../shared/error.ts";
import { isTable, tableJsonSchema, type Table } from "../../shared/model/pipelines/contract.ts";
import { jobClasses } from "../../shared/lane.ts";
import { metadataSchema } from "../http/capped.ts";
import { canonicalJson } from "../http/idempotency-key.ts";
import { parseJson, parseWith } from "../http/parse-json.ts";
import { NO_PARAMETERS, type Intake, type Submission } from "./submission.ts";
import { webhookSchema } from "../webhooks/webhook-member.ts";
import { termMembers, termsOf } from "./terms.ts";

/** A list is looked at one by one, and a table by code of our own: either may be a whole body long. */
const inputsSchema = z
  .unknown()
  .meta({ anyOf: [{ type: "array", items: {} }, tableJsonSchema] })
  .transform((value, context): readonly unknown[] | Table => {
    if (Array.isArray(value) || isTable(value)) return value;
    const message =
      "is neither a list nor a table: {columns: [names], data: [values of a row, ...]}";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** The members of a JSON create request; `input` and `inputs` are the model's own business. */
export const createSchema = z.strictObject({
  input: z.unknown().optional().describe("One input, following the model's input schema."),
  inputs: inputsSchema
    .optional()
    .describe("Several inputs, answered in the same order; records also as a table."),
  parameters: z.unknown().optional().describe("Options, following the model's parameter schema."),
  metadata: metadataSchema.optional().describe("Yours; returned with the job."),
  priority: z
    .enum(jobClasses)
    .optional()
    .describe("Default: the highest the key allows; `bulk` leaves room for interactive work."),
  webhook: webhookSchema.optional(),
  ...termMembers,
});

/**
 * @throws {ScoringError} `invalid_json`, `invalid_input` or `unknown_field`, each fault with its
 *   pointer
 */
export function submissionOfJson(body: Buffer, intake: Intake): Submission {
  const value = parseJson(body);
  const request = isBareInput(value)
    ? { ...NOTHING_MORE, input: value.input }
    : parseWith(createSchema, value, "");
  const { input, inputs, parameters, metadata, priority, webhook } = request;
  if ((input === undefined) === (inputs === undefined)) {
    throw fault("invalid_input", "", "Send either `input` or `inputs`.");
  }
  return {
    form: inputs === undefined ? "one" : "many",
    rows:
      inputs === undefined
        ? [parseWith(intake.contract.input, input, "/input")]
        : rowsOf(inputs, intake),
    parameters: parameters ?? NO_PARAMETERS,
    parametersIn: "body",
    metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
    class: priority,
    webhook,
    terms: termsOf(request),
    content: () => [canonicalJson(value)],
  };
}

/** What the schema makes of a request that says nothing beside its input. */
const NOTHING_MORE = createSchema.parse({});

/** The usual request, which needs no look at each member there might be. */
function isBareInput(value: unknown): value is { readonly input: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const name in value) if (name !== "input") return false;
  return "input" in value;
}

/**
 * @param pointer where they stand
 * @throws {ScoringError} `invalid_input` when there are none, or more than a batch holds
 */
export function checkCount<T>(
  inputs: readonly T[],
  { model, rowsMax }: Intake,
  pointer = "/inputs",
): readonly T[] {
  if (inputs.length >= 1 && inputs.length <= rowsMax) return inputs;
  const detail = `has ${inputs.length} rows; a job of ${model} takes 1 to ${rowsMax}`;
  throw fault("invalid_input", pointer, detail);
}

function rowsOf(inputs: readonly unknown[] | Table, intake: Intake): readonly Buffer[] {
  const { contract } = intake;
  if (!("columns" in inputs)) {
    return checkCount(inputs, intake).map((it, i) => parseWith(contract.input, it, `/inputs/${i}`));
  }
  if (contract.table === undefined) throw fault("invalid_input", "/inputs", "is not a list");
  checkCount(inputs.data, intake);
  return parseWith(contract.table, inputs, "/inputs");
}
