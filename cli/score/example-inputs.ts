import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { imageInput, type JobInput } from "./job-input.ts";

/** Of `golden.json`, what a client would send. */
const fileSchema = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      input: z.unknown().optional(),
      input_file: z.string().optional(),
      parameters: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

/** The inputs of a version's goldens; images have no parameters. Empty when it has no goldens. */
export function exampleInputs({ folder }: Pick<ModelVersion, "folder">): readonly JobInput[] {
  const path = join(folder, "golden.json");
  if (!existsSync(path)) return [];
  const { cases } = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  return cases.map(({ name, input, input_file: file, parameters }) => {
    if (file !== undefined) return imageInput(join(folder, file));
    const body = JSON.stringify({ input, parameters });
    return { name, type: "application/json", body };
  });
}
