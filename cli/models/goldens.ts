import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { contractOf } from "../../shared/model/manifest.ts";

/** `golden.json` of a version's folder: inputs, and what they must give. */
const fileSchema = z.object({
  tolerance: z.object({ probability: z.number() }),
  cases: z
    .array(
      z.object({
        name: z.string(),
        input: z.unknown().optional(),
        input_file: z.string().optional(),
        parameters: z.record(z.string(), z.unknown()),
        output: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1),
});

/** One input with its expected output. */
export interface Golden {
  readonly name: string;
  /** The bytes that a runner reads. */
  readonly row: Buffer;
  /** With the defaults of the contract. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly output: unknown;
}

export interface Goldens {
  /** How far a number may be off. */
  readonly tolerance: number;
  readonly cases: readonly Golden[];
}

/**
 * @returns undefined when the version has none
 * @throws {z.ZodError} when the file is no `golden.json`, or an input is not one of the version
 * @throws when it is not JSON, or a file that it names is not there
 */
export function readGoldens({ folder, manifest }: ModelVersion): Goldens | undefined {
  const path = join(folder, "golden.json");
  if (!existsSync(path)) return undefined;
  const { tolerance, cases } = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const contract = contractOf(manifest);
  return {
    tolerance: tolerance.probability,
    cases: cases.map(({ name, input, input_file: file, parameters, output }) => ({
      name,
      row: file === undefined ? contract.input.parse(input) : readFileSync(join(folder, file)),
      parameters: contract.parameters.parse(parameters),
      output,
    })),
  };
}
