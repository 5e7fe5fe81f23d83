import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readGoldenFile } from "../../shared/model/golden.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { contractOf } from "../../shared/model/manifest.ts";

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
  const file = readGoldenFile(folder);
  if (file === undefined) return undefined;
  const { tolerance, cases } = file;
  const contract = contractOf(manifest);
  return {
    tolerance: tolerance.probability,
    cases: cases.map(({ name, input, input_file: path, parameters, output }) => ({
      name,
      row: path === undefined ? contract.input.parse(input) : readFileSync(join(folder, path)),
      parameters: contract.parameters.parse(parameters),
      output,
    })),
  };
}
