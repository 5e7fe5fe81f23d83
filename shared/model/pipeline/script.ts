import { z } from "zod";
import { ScoringError } from "../../error.ts";
import type { ScriptSettings } from "../manifest.ts";
import { ROW_BYTES_MAX, type PipelineContract } from "./contract.ts";
import { readSchema } from "./given-schema.ts";

/**
 * A row is the input's JSON text, with the defaults of its schema put in. The script itself is none
 * of the contract: only a runner imports it. Clients are shown the schemas word for word, not what
 * the library makes of them.
 */
export function scriptContract(settings: ScriptSettings): PipelineContract {
  const { input, output, parameters } = settings;
  return {
    input: z
      .unknown()
      .meta({ ...input })
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
        : z
            .unknown()
            .meta({ ...parameters })
            .pipe(readSchema(parameters))
            .pipe(z.record(z.string(), z.unknown())),
    media: [],
    rowOfBody: () => {
      throw new ScoringError("unsupported_media_type", "It takes JSON only.");
    },
  };
}
