import { z } from "zod";
import { compareRanked } from "../compare.ts";
import { jsonOnly, ROW_BYTES_MAX, type PipelineContract } from "../contract.ts";
import { definePipeline, type Report } from "../definition.ts";
import { fileName } from "../members.ts";
import { readSchema, schemaFault } from "./given-schema.ts";
import { hasMoreValues } from "./value-count.ts";

/**
 * Most values of an input, or of parameters: the schema library complains of each one that is wrong,
 * and only we know when to stop. Larger ones are text of their own (base64), or a `tensor` model's.
 */
export const VALUES_MAX = 100_000;

const jsonSchema = z.record(z.string(), z.unknown());

const settings = z.strictObject({
  type: z.literal("script"),
  module: fileName
    .regex(/\.m?[jt]s$/, "must be a module: .ts, .mts, .js or .mjs")
    .describe("A module beside the manifest that exports preprocess and postprocess."),
  input: jsonSchema.describe("JSON Schema of one input."),
  output: jsonSchema.describe("JSON Schema of one output."),
  parameters: jsonSchema.optional().describe("JSON Schema of the parameters; none without it."),
});

export type ScriptSettings = z.infer<typeof settings>;

/**
 * A row is the input's JSON text, with the defaults of its schema put in. The script itself is none
 * of the contract: only a runner imports it. Clients are shown the schemas word for word, not what
 * the library makes of them.
 */
export const script = definePipeline({
  settings,
  isVarying: true,
  check,
  contract: contractOf,
  compare: compareRanked,
});

function contractOf({ input, output, parameters }: ScriptSettings): PipelineContract {
  return {
    input: described(input)
      .pipe(readSchema(input))
      .transform((value, context) => {
        const row = Buffer.from(JSON.stringify(value));
        if (row.length <= ROW_BYTES_MAX) return row;
        context.addIssue({ code: "custom", message: `is larger than ${ROW_BYTES_MAX} bytes` });
        return z.NEVER;
      }),
    output: readSchema(output).pipe(z.unknown().meta({ ...output })),
    parameters:
      parameters === undefined
        ? z.strictObject({})
        : described(parameters)
            .pipe(readSchema(parameters))
            .pipe(z.record(z.string(), z.unknown())),
    inputOf: (row): unknown => JSON.parse(row.toString()),
    ...jsonOnly,
  };
}

function check(schemas: ScriptSettings, report: Report): void {
  for (const member of ["input", "output", "parameters"] as const) {
    const fault = schemaFault(schemas[member] ?? {});
    if (fault !== undefined) report([member], fault);
  }
  const { parameters } = schemas;
  if (parameters !== undefined && parameters["type"] !== "object") {
    report(["parameters"], "is not a schema of type object");
  }
}

/** Shown as it is written; counted before the schema sees it. */
function described(schema: Readonly<Record<string, unknown>>): z.ZodUnknown {
  return z
    .unknown()
    .meta({ ...schema })
    .refine((value) => !hasMoreValues(value, VALUES_MAX), `has more than ${VALUES_MAX} values`);
}
