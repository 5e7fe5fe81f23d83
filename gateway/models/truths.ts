import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makingOnce } from "../../shared/making-once.ts";
import { pipelineOf } from "../../shared/model/pipelines.ts";
import { truthFault, type KnownClasses } from "../../shared/model/pipelines/truth.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";

/** Why no version of a model can be right by a truth; undefined when one can, or nobody knows. */
export type TruthFault = (truth: unknown) => string | undefined;

/**
 * What may be said to be the truth of a version's outputs. Another version of the model may know more
 * classes: what any of them can say may be true.
 */
export function truthFaults({ name }: Pick<ModelVersion, "name">, registry: Registry): TruthFault {
  const versions = registry.versions.filter((one) => one.name === name);
  const classes = versions.map((version) => classesOf(version));
  const known = classes.filter((one) => one !== undefined);
  if (known.length < classes.length) return () => undefined;
  return (truth) => truthFault(truth, known);
}

const classesOf = makingOnce(readClasses);

/** Without a usable file nobody knows: only a worker needs it, which says so. */
function readClasses({ manifest, folder }: ModelVersion): KnownClasses | undefined {
  const { pipeline } = manifest;
  const parse = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), "utf8"));
  try {
    return pipelineOf(pipeline).classes?.(pipeline, parse, manifest);
  } catch {
    return undefined;
  }
}
