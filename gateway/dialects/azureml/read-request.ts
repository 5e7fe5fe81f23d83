import type { Context } from "hono";
import { z } from "zod";
import { fault } from "../../../shared/error.ts";
import { makingOnce } from "../../../shared/making-once.ts";
import { pointerTo } from "../../../shared/model/faults.ts";
import { publishSchemas } from "../../../shared/model/manifest.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import type { BodyBudget } from "../../http/body-budget.ts";
import { canonicalJson } from "../../http/idempotency-key.ts";
import { parseJson, parseWith } from "../../http/parse-json.ts";
import { traceOf } from "../../http/request-trace.ts";
import { checkCount } from "../../jobs/json-body.ts";
import { readSubmission } from "../../jobs/read-submission.ts";
import { NO_PARAMETERS, type Intake, type Submission } from "../../jobs/submission.ts";
import type { Kind, Place, Rows } from "./kind.ts";
import { parseShort } from "../../http/parse-short.ts";

/** The JSON that services take. What stands in it is the model's own business. */
export const requestSchema = z.strictObject({
  input: z.unknown().optional().describe("One input; where it has one member, that alone will do."),
  data: z.unknown().optional().meta({
    type: "array",
    items: {},
    description: "Several inputs; records also as lists of values, in the order of the columns.",
  }),
  parameters: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Options, following the model's parameter schema."),
});

/** A request, and where it says what. */
export interface ReadRequest {
  readonly submission: Submission;
  /** Of each row. */
  readonly places: readonly Place[];
}

/**
 * Reads a request by its content type: JSON in one of the forms above, or what our own API takes.
 *
 * @throws {ScoringError} naming what is at fault
 */
export async function readRequest(
  c: Context,
  intake: Intake,
  { bodies, kind }: { readonly bodies: BodyBudget; readonly kind: Kind | undefined },
): Promise<ReadRequest> {
  let places: readonly Place[] | undefined;
  const read = await readSubmission(c, intake, bodies, (body) => {
    const json = ofJson(body, intake, kind);
    places = json.places;
    return json.submission;
  });
  places ??= read.names?.map((name) => () => pointerTo(name)) ?? [() => ""];
  const traced = { ...read, trace: traceOf(c.env) };
  if (kind === undefined) return { submission: traced, places };
  const names = kind.namesOf?.(read) ?? [];
  const parameters = { ...kind.parameters, ...Object(read.parameters) };
  return { submission: { ...traced, names, parameters }, places };
}

function ofJson(body: Buffer, intake: Intake, kind: Kind | undefined): ReadRequest {
  const value = parseJson(body);
  const { input, data, parameters } = parseWith(requestSchema, value, "");
  if ((input === undefined) === (data === undefined)) {
    throw fault("invalid_input", "", "Send either `input` or `data`.");
  }
  const { places, ...rows } =
    data === undefined ? (kind?.rowsOf ?? rowOf)(input, intake.contract) : rowsOf(data, intake);
  checkCount(rows.rows, intake, data === undefined ? "/input" : "/data");
  const submission: Submission = {
    ...rows,
    parameters: parameters ?? NO_PARAMETERS,
    parametersIn: "body",
    metadata: undefined,
    class: undefined,
    terms: {},
    content: () => [canonicalJson(value)],
  };
  return { submission, places };
}

function rowOf(input: unknown, contract: PipelineContract): Rows {
  const [row, place] = placed(input, "/input", contract);
  return { form: "one", rows: [row], places: [place] };
}

function rowsOf(data: unknown, intake: Intake): Rows {
  const { contract } = intake;
  if (!Array.isArray(data)) throw fault("invalid_input", "/data", "is not a list");
  const inputs: readonly unknown[] = data;
  checkCount(inputs, intake, "/data");
  if (contract.table !== undefined && inputs.every(Array.isArray)) {
    const columns = contract.columns?.map(({ name }) => name);
    const rows = parseWith(contract.table, { columns, data: inputs }, "");
    return { form: "many", rows, places: rows.map((_, i) => () => `/data/${i}`) };
  }
  const read = inputs.map((it, i) => placed(it, `/data/${i}`, contract));
  return { form: "many", rows: read.map(([row]) => row), places: read.map(([, place]) => place) };
}

/** What is no object stands for the only member of one. */
function placed(value: unknown, pointer: string, contract: PipelineContract): [Buffer, Place] {
  const isWhole = typeof value === "object" && value !== null && !Array.isArray(value);
  const member = isWhole ? undefined : onlyMember(contract);
  if (member === undefined) {
    return [parseWith(contract.input, value, pointer), (inner) => pointer + inner];
  }
  const row = parseShort(contract.input, { [member]: value }, { pointer, levels: 0 });
  return [row, () => pointer];
}

const objectSchema = z.looseObject({ properties: z.record(z.string(), z.unknown()) });

/** Of inputs that have one, its name. */
const onlyMember = makingOnce((contract: PipelineContract): string | undefined => {
  const schema = objectSchema.safeParse(publishSchemas(contract).input).data;
  const [name, ...others] = Object.keys(schema?.properties ?? {});
  return others.length === 0 ? name : undefined;
});
