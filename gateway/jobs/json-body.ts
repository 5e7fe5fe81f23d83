import { z } from "zod";
import { fault, ScoringError } from "../../shared/error.ts";
import { schemaError } from "../../shared/model/faults.ts";
import {
  isTable,
  tableJsonSchema,
  type PipelineContract,
  type Table,
} from "../../shared/model/pipelines/contract.ts";
import { jobClasses } from "../../shared/lane.ts";
import { cappedRecord } from "../http/capped.ts";
import { canonicalJson } from "../http/idempotency-key.ts";
import { limitBroken } from "../http/json-limits.ts";
import type { Intake, Submission } from "./submission.ts";
import { webhookSchema } from "../webhooks/webhook-member.ts";
import { termMembers, termsOf } from "./terms.ts";

/** What a parsed body takes of the heap: about 60 bytes for each of the first, 100 for the second. */
const LIMITS = { depth: 32, containers: 2_000_000, members: 1_000_000 } as const;
const BROKEN = {
  containers: `more than ${LIMITS.containers} lists and objects`,
  members: `more than ${LIMITS.members} members of objects`,
} as const;

/** One for all: each holds native memory until a full collection, and bulk uploads would make millions. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

export const metadataSchema = cappedRecord(
  z.record(z.string().max(64), z.union([z.string().max(512), z.number(), z.boolean()])),
  16,
);

/** JSON.parse makes it an own member; the schema library would drop it without a word. */
const FORBIDDEN_MEMBER = "__proto__";

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
  input: z.unknown().optional().describe("One input, as the model's input schema says."),
  inputs: inputsSchema
    .optional()
    .describe("Several inputs, answered in their order; records also as a table."),
  parameters: z.unknown().optional().describe("Options, as the model's parameter schema says."),
  metadata: metadataSchema.optional().describe("Yours; comes back with the job."),
  priority: z
    .enum(jobClasses)
    .optional()
    .describe("The highest the key may ask for when not said; bulk leaves room for interactive."),
  webhook: webhookSchema.optional(),
  ...termMembers,
});

/**
 * @throws {ScoringError} `invalid_json`, `invalid_input` or `unknown_field`, each fault with its
 *   pointer
 */
export function submissionOfJson(
  body: Buffer,
  contract: PipelineContract,
  intake: Intake,
): Submission {
  const value = parseJson(body);
  const request = createSchema.safeParse(value);
  if (!request.success) throw schemaError(request.error, "");
  const { input, inputs, parameters, metadata, priority } = request.data;
  if ((input === undefined) === (inputs === undefined)) {
    throw fault("invalid_input", "", "Send either `input` or `inputs`.");
  }
  return {
    form: inputs === undefined ? "one" : "many",
    rows:
      inputs === undefined ? [rowOf(input, contract, "/input")] : rowsOf(inputs, contract, intake),
    parameters: parameters ?? {},
    parametersIn: "body",
    metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
    class: priority,
    webhook: request.data.webhook,
    terms: termsOf(request.data),
    content: () => [canonicalJson(value)],
  };
}

/** @throws {ScoringError} `invalid_input` when there are none, or more than a batch holds */
export function checkCount<T>(inputs: readonly T[], { model, rowsMax }: Intake): readonly T[] {
  if (inputs.length >= 1 && inputs.length <= rowsMax) return inputs;
  throw fault(
    "invalid_input",
    "/inputs",
    `has ${inputs.length} rows; a job of ${model} takes 1 to ${rowsMax}`,
  );
}

function rowsOf(
  inputs: readonly unknown[] | Table,
  contract: PipelineContract,
  intake: Intake,
): readonly Buffer[] {
  if (!("columns" in inputs)) {
    return checkCount(inputs, intake).map((it, i) => rowOf(it, contract, `/inputs/${i}`));
  }
  if (contract.table === undefined) throw fault("invalid_input", "/inputs", "is not a list");
  checkCount(inputs.data, intake);
  const parsed = contract.table.safeParse(inputs);
  if (parsed.success) return parsed.data;
  throw schemaError(parsed.error, "/inputs");
}

function rowOf(input: unknown, contract: PipelineContract, pointer: string): Buffer {
  const parsed = contract.input.safeParse(input);
  if (parsed.success) return parsed.data;
  throw schemaError(parsed.error, pointer);
}

/**
 * @throws {ScoringError} `invalid_json`; `payload_too_large` for more than a heap should hold;
 *   `unknown_field` for what would be dropped without a word
 */
export function parseJson(body: Buffer): unknown {
  const broken = limitBroken(body, LIMITS);
  if (broken === "depth") {
    throw new ScoringError("invalid_json", `The JSON nests deeper than ${LIMITS.depth} levels.`);
  }
  if (broken !== undefined) {
    throw new ScoringError("payload_too_large", `The JSON has ${BROKEN[broken]}.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new ScoringError("invalid_json", `The body is not valid JSON${whereOf(cause)}.`);
  }
  if (body.includes(`"${FORBIDDEN_MEMBER}"`)) refuseForbidden(value, []);
  return value;
}

const POSITION = / JSON at position (\d+)(?: \(line \d+ column \d+\))?$/;

/** What may be said of a parser's complaint: its own words often quote the body. */
function whereOf(cause: unknown): string {
  if (!(cause instanceof SyntaxError)) return ": it is not UTF-8";
  if (cause.message === "Unexpected end of JSON input") return ": it ends too early";
  const position = POSITION.exec(cause.message)?.[1];
  return position === undefined ? "" : ` (position ${position}, from 0)`;
}

/**
 * Depth is bounded by now. Goes on by index and `in`: `Object.entries` of a list makes a pair of each
 * element.
 *
 * @param trail members that lead here
 * @throws {ScoringError} `unknown_field`
 */
function refuseForbidden(value: unknown, trail: (string | number)[]): void {
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, FORBIDDEN_MEMBER)) {
    const pointer = [...trail, FORBIDDEN_MEMBER].map((part) => `/${part}`).join("");
    throw fault("unknown_field", pointer, "is not a member known here");
  }
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    for (let i = 0; i < items.length; i++) goInto(items[i], i, trail);
  } else for (const name in value) goInto(Reflect.get(value, name), name, trail);
}

function goInto(member: unknown, name: string | number, trail: (string | number)[]): void {
  if (typeof member !== "object" || member === null) return;
  trail.push(name);
  refuseForbidden(member, trail);
  trail.pop();
}
