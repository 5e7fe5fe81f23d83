import { makingOnce } from "../../shared/making-once.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
import { contractOf, publishSchemas } from "../../shared/model/manifest.ts";
import { ref } from "../http/openapi/parts.ts";
import { bare } from "../http/openapi/room.ts";

/** The contracts of model versions, made once each: making a schema costs more than using it. */
export class Contracts {
  readonly of = makingOnce(({ manifest }: ModelVersion): PipelineContract => contractOf(manifest));
}

/** What a version takes, gives and lets choose, for the description of the API: by name. */
export function modelSchemas(registry: Registry): Record<string, object> {
  return Object.fromEntries(
    registry.versions.flatMap(({ id, manifest }) => {
      const schemas = publishSchemas(contractOf(manifest));
      return Object.entries(schemas).map(([kind, schema]: [string, object]) => [
        `${componentName(id)}_${kind}`,
        bare(schema),
      ]);
    }),
  );
}

/** Where those of one kind are, of every version. */
export function modelRefs(registry: Registry, kind: "input" | "parameters"): readonly object[] {
  return registry.versions.map(({ id }) => ref(`${componentName(id)}_${kind}`));
}

/** Names of components know no `@`. */
function componentName(versionId: string): string {
  return versionId.replace("@", "_v");
}
