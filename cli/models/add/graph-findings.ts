import { runRowsOf, type Manifest } from "../../../shared/model/manifest.ts";
import { CommandError } from "../../terminal/command.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import type { Finding } from "../check/finding.ts";
import { lint } from "../check/lint.ts";
import { findingLines } from "../check/report-lines.ts";

/**
 * What `models check` would find in the graph, of the outputs that are served.
 *
 * @param apart outputs that were seen not to have a row for each row
 */
export function graphFindings(
  model: OnnxModel,
  manifest: Manifest,
  apart: ReadonlyMap<string, string> = new Map(),
): readonly Finding[] {
  const served = new Set(manifest.outputs.map(({ name }) => name));
  const outputs = model.graph.outputs.filter(({ name }) => served.has(name));
  const maxBatchSize = runRowsOf(manifest);
  const weights = manifest.file.weights.map(({ path }) => path);
  return lint({ ...model, graph: { ...model.graph, outputs } }, { maxBatchSize, weights, apart });
}

/**
 * @param isForced whether the person wants it all the same
 * @throws {CommandError} with all of them, when one is bad
 */
export function refuseBad(findings: readonly Finding[], isForced: boolean): void {
  const bad = findings.filter(({ level }) => level === "bad");
  if (isForced || bad.length === 0) return;
  const lines = bad.flatMap(findingLines).join("\n");
  const isApart = bad.some(({ rule }) => rule === "neighbours");
  const apart = isApart ? "\nRows run one by one: --max-batch-size 1" : "";
  throw new CommandError(
    `It would answer wrong, or not at all; nothing was written.
${lines}

Mend it, or have it written all the same: --force${apart}`,
  );
}
