import { makingOnce } from "../../shared/making-once.ts";
import { usableGoldens } from "../../shared/model/golden.ts";
import { pipelineOf } from "../../shared/model/pipelines.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";
import { contractOf } from "../../shared/model/manifest.ts";
import { named } from "../http/openapi/parts.ts";

/** A request to a model as its JSON body, and the output that belongs to it. */
export interface ModelExample {
  readonly request: object;
  readonly output: unknown;
}

/** An example for the default version of each model, by the model's name, where there is one. */
export function modelExamples(registry: Registry): Record<string, ModelExample> {
  return Object.fromEntries(
    registry.names.flatMap((name) => {
      const example = exampleOf(registry.defaultOf(name));
      return example === undefined ? [] : [[name, example]];
    }),
  );
}

/** Their requests, as OpenAPI has examples. */
export function requestExamples(registry: Registry): object {
  const examples = Object.entries(modelExamples(registry));
  return named(Object.fromEntries(examples.map(([name, { request }]) => [name, request])));
}

const known = makingOnce(readExample);

/** An example for one version, where there is one. */
export function exampleOf(version: ModelVersion | undefined): ModelExample | undefined {
  return version && known(version);
}

/** The first golden that has its input in it; files of photographs are too large to show. */
function readExample({ folder, manifest }: ModelVersion): ModelExample | undefined {
  const cases = usableGoldens(folder);
  const golden = cases.find(({ input }) => input !== undefined) ?? cases[0];
  const { pipeline } = manifest;
  if (contractOf(manifest).media.includes("image/png")) {
    const input = pipelineOf(pipeline).example?.(pipeline, manifest);
    return { request: { input }, output: golden?.output };
  }
  if (golden === undefined) return undefined;
  const { input, parameters, output } = golden;
  const hasParameters = Object.keys(parameters).length > 0;
  return { request: { input, ...(hasParameters ? { parameters } : {}) }, output };
}
