import type { ModelVersion } from "../../shared/model/registry.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
import { contractOf } from "../../shared/model/schema.ts";

/** The contracts of model versions, made once each: making a schema costs more than using it. */
export class Contracts {
  readonly #made = new WeakMap<ModelVersion, PipelineContract>();

  of(version: ModelVersion): PipelineContract {
    const known = this.#made.get(version);
    if (known !== undefined) return known;
    const contract = contractOf(version.manifest);
    this.#made.set(version, contract);
    return contract;
  }
}
