import type { z } from "zod";
import type { ModelTensors } from "../tensor/settings.ts";
import type { Comparer } from "./compare.ts";
import type { PipelineContract } from "./contract.ts";
import type { KnownClasses } from "./truth.ts";
import type { VersionComparer } from "./versions.ts";

/** Takes what is wrong with a manifest, and where in it. */
export type Report = (path: readonly (string | number)[], message: string) => void;

/** What a pipeline is to everybody but its runner, whose side is in `worker/runner/pipelines`. */
export interface PipelineDefinition<Settings> {
  /** Whether dimensions other than the batch may vary by row. */
  readonly isVarying?: boolean;
  /** Whether the elements of its inputs may be missing, each input saying what stands for them. */
  readonly hasGaps?: boolean;
  /** Whether each row has a run of its own, whatever batch it is in. */
  runsAlone?(settings: Settings): boolean;
  /** What settings must be that their schema cannot say. @param report paths are of `pipeline` */
  check?(settings: Settings, report: Report, tensors: ModelTensors): void;
  contract(settings: Settings, tensors: ModelTensors): PipelineContract;
  /** An output with the one that the same version is known to give. */
  readonly compare: Comparer;
  /** Outputs of two versions, where they are more than values. */
  readonly versions?: VersionComparer;
  /**
   * What its outputs can name, where that is known.
   *
   * @param read parses a file of JSON beside the manifest
   */
  classes?(
    settings: Settings,
    read: (file: string) => unknown,
    tensors: ModelTensors,
  ): KnownClasses | undefined;
  /** An input that is made up, as JSON; without it, nobody knows what the model takes. */
  example?(settings: Settings, tensors: ModelTensors): unknown;
}

/** @param pipeline its `settings` are the schema of the member `pipeline` of a manifest */
export function definePipeline<Schema extends z.ZodType>(
  pipeline: PipelineDefinition<z.infer<Schema>> & { readonly settings: Schema },
): PipelineDefinition<z.infer<Schema>> & { readonly settings: Schema } {
  return pipeline;
}

/** Reports the first name that appears twice. */
export function refuseTwins(
  named: readonly { readonly name: string }[],
  path: readonly string[],
  report: Report,
): void {
  const names = named.map(({ name }) => name);
  const twin = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twin !== -1) report([...path, twin, "name"], `appears twice: "${names[twin]}"`);
}
