import { bucketCounts, shadowsOf, type Definition } from "../../shared/endpoint/definition.ts";
import { fault, type ScoringError } from "../../shared/error.ts";
import { isArchived } from "../../shared/model/archived.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";
import type { Contracts } from "../models/contracts.ts";
import { contractDifference } from "./contract-difference.ts";
import { rowDifference } from "./row-difference.ts";

interface Known {
  readonly registry: Registry;
  readonly contracts: Contracts;
}

/**
 * @throws {ScoringError} `invalid_input` for versions that are not there, take another input, or would
 *   get traffic although they are archived
 */
export function checkVersions(definition: Definition, known: Known): void {
  const { variants, shadows, default: chosen } = definition;
  const counts = bucketCounts(definition);
  const versions = variants.map((it, index) => {
    const version = find(it, `/variants/${index}`, known);
    // One without traffic may stay until it is taken out, so that traffic can be moved off it.
    if (counts.get(it.name) === 0) return version;
    // As the folder is now: what the registry says is some seconds old.
    if (!version.isArchived && !isArchived(version.folder)) return version;
    throw fault("invalid_input", `/variants/${index}/model`, `${it.model} is archived`);
  });
  const main = versions[variants.findIndex(({ name }) => name === chosen)];
  for (const [index, version] of versions.entries()) {
    if (definition.allow_different_contract || main === undefined) break;
    const difference = contractDifference(known.contracts.of(main), known.contracts.of(version));
    if (difference === undefined) continue;
    throw differs(
      `/variants/${index}`,
      main,
      `${difference}; allow_different_contract lets it pass`,
    );
  }
  // It gets what its variant got: no request of its own is there to be checked.
  for (const [index, shadow] of shadows.entries()) {
    const version = find(shadow, `/shadows/${index}`, known);
    for (const [i, { name }] of variants.entries()) {
      const live = versions[i];
      const isBeside = shadowsOf({ shadows: [shadow] }, name).length > 0;
      if (live === undefined || !isBeside) continue;
      const difference =
        contractDifference(known.contracts.of(live), known.contracts.of(version)) ??
        rowDifference(live.manifest, version.manifest);
      if (difference !== undefined) throw differs(`/shadows/${index}`, live, difference);
    }
  }
}

function find(
  { model }: { readonly model: string },
  pointer: string,
  { registry }: Known,
): ModelVersion {
  const version = registry.find(model);
  if (version !== undefined) return version;
  throw fault("invalid_input", `${pointer}/model`, `there is no ${model} in the models folder`);
}

function differs(pointer: string, live: ModelVersion, difference: string): ScoringError {
  const detail = `cannot stand in for ${live.id}: ${difference}`;
  return fault("invalid_input", `${pointer}/model`, detail);
}
