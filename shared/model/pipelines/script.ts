import { z } from "zod";
import { ScoringError } from "../../error.ts";
import type { ScriptSettings } from "../manifest.ts";
import { ROW_BYTES_MAX, type PipelineContract } from "./contract.ts";
import { hasMoreValues } from "../value-count.ts";
import { readSchema } from "./given-schema.ts";

/**
 * Most values of an input, or of parameters: the schema library complains of each one that is wrong,
 * and only we know when to stop. Larger ones are text of their own (base64), or a `tensor` model's.
 */
export const VALUES_MAX = 100_000;

/**
 * A row is the input's JSON text, with the defaults of its schema put in. The script itself is none
 * of the contract: only a runner imports it. Clients are shown the schemas word for word, not what
 * the library makes of them.
 */
export function scriptContract(settings: ScriptSettings): PipelineContract {
  const { input, output, parameters } = settings;
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
    media: [],
    rowOfBody: () => {
      throw new ScoringError("unsupported_media_type", "This model takes JSON only.");
    },
  };
}

/** Shown as it is written; counted before the schema sees it. */
function described(schema: Readonly<Record<string, unknown>>): z.ZodUnknown {
  return z
    .unknown()
    .meta({ ...schema })
    .refine((value) => !hasMoreValues(value, VALUES_MAX), `has more than ${VALUES_MAX} values`);
}
