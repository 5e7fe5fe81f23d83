import type { Context } from "hono";
import { z } from "zod";
import { fault } from "../../../shared/error.ts";
import { publishSchemas } from "../../../shared/model/manifest.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import type { BodyBudget } from "../../http/body-budget.ts";
import { canonicalJson } from "../../http/idempotency-key.ts";
import { parseJson, parseWith } from "../../http/parse-json.ts";
import { traceOf } from "../../http/request-trace.ts";
import { checkCount } from "../../jobs/json-body.ts";
import { readSubmission } from "../../jobs/read-submission.ts";
import { NO_PARAMETERS, type Intake, type Submission } from "../../jobs/submission.ts";
import type { Kind, Rows } from "./kind.ts";

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

/**
 * Reads a request by its content type: JSON in one of the forms above, or what our own API takes.
 *
 * @throws {ScoringError} naming what is at fault
 */
export async function readRequest(
  c: Context,
  intake: Intake,
  { bodies, kind }: { readonly bodies: BodyBudget; readonly kind: Kind | undefined },
): Promise<Submission> {
  const read = await readSubmission(c, intake, bodies, (body) => ofJson(body, intake, kind));
  const traced = { ...read, trace: traceOf(c.env) };
  if (kind === undefined) return traced;
  const names = kind.namesOf?.(read) ?? [];
  return { ...traced, names, parameters: { ...kind.parameters, ...Object(read.parameters) } };
}

function ofJson(body: Buffer, intake: Intake, kind: Kind | undefined): Submission {
  const value = parseJson(body);
  const { input, data, parameters } = parseWith(requestSchema, value, "");
  if ((input === undefined) === (data === undefined)) {
    throw fault("invalid_input", "", "Send either `input` or `data`.");
  }
  const { contract } = intake;
  const rows =
    data === undefined
      ? (kind?.rowsOf ?? rowOf)(input, contract)
      : { form: "many" as const, rows: rowsOf(data, intake) };
  checkCount(rows.rows, intake, data === undefined ? "/input" : "/data");
  return {
    ...rows,
    parameters: parameters ?? NO_PARAMETERS,
    parametersIn: "body",
    metadata: undefined,
    class: undefined,
    terms: {},
    content: () => [canonicalJson(value)],
  };
}

function rowOf(input: unknown, contract: PipelineContract): Rows {
  return { form: "one", rows: [parseWith(contract.input, asInput(input, contract), "/input")] };
}

function rowsOf(data: unknown, intake: Intake): readonly Buffer[] {
  const { contract } = intake;
  if (!Array.isArray(data)) throw fault("invalid_input", "/data", "is not a list");
  const inputs: readonly unknown[] = data;
  checkCount(inputs, intake, "/data");
  if (contract.table !== undefined && inputs.every(Array.isArray)) {
    const columns = contract.columns?.map(({ name }) => name);
    return parseWith(contract.table, { columns, data: inputs }, "");
  }
  return inputs.map((it, i) => parseWith(contract.input, asInput(it, contract), `/data/${i}`));
}

/** What is no object stands for the only member of one. */
function asInput(value: unknown, contract: PipelineContract): unknown {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const member = onlyMember(contract);
  return member === undefined ? value : { [member]: value };
}

const objectSchema = z.looseObject({ properties: z.record(z.string(), z.unknown()) });
const onlyMembers = new WeakMap<PipelineContract, { readonly name: string | undefined }>();

/** Of inputs that have one, its name. */
function onlyMember(contract: PipelineContract): string | undefined {
  const known = onlyMembers.get(contract);
  if (known !== undefined) return known.name;
  const schema = objectSchema.safeParse(publishSchemas(contract).input).data;
  const [name, ...others] = Object.keys(schema?.properties ?? {});
  const only = { name: others.length === 0 ? name : undefined };
  onlyMembers.set(contract, only);
  return only.name;
}
