import { join } from "node:path";
import { readGoldenFile } from "../../shared/model/golden.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { imageInput, type JobInput } from "./job-input.ts";

/** The inputs of a version's goldens; images have no parameters. Empty when it has no goldens. */
export function exampleInputs({ folder }: Pick<ModelVersion, "folder">): readonly JobInput[] {
  const cases = readGoldenFile(folder)?.cases ?? [];
  return cases.map(({ name, input, input_file: file, parameters }) => {
    if (file !== undefined) return imageInput(join(folder, file));
    const body = JSON.stringify({ input, parameters });
    return { name, type: "application/json", body };
  });
}
