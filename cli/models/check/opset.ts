import { allNodes } from "../onnx/all-nodes.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { finderAt, type Finding, type LintRule } from "./finding.ts";

/**
 * The newest of each that onnxruntime-node 1.30.0 loads, found by loading graphs of every version:
 * its errors name them ("Current official support for domain ai.onnx is till opset 26").
 */
export const NEWEST = { ir: 13, onnx: 26, ml: 5 } as const;

/** Below it, onnxruntime has no kernels for many operators; it guarantees 7 and up. */
const OLDEST_ONNX = 7;

/** Domains whose operators are in onnxruntime-node; others are plug-ins, which runners do not load. */
const KNOWN = new Set(["", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc"]);

/** Operator sets and format versions that the runner's onnxruntime does not serve. */
export const opsetRule: LintRule = (model) => {
  const { irVersion, opsets } = model;
  const onnx = opsets.get("") ?? NEWEST.onnx;
  const ml = opsets.get("ai.onnx.ml") ?? NEWEST.ml;
  const findings: Finding[] = [];
  const add = (place: string, why: string, fix: string): void => {
    findings.push(finderAt("opset", place)("bad", why, fix));
  };
  if (onnx > NEWEST.onnx) {
    add(`ai.onnx ${onnx}`, `onnxruntime-node serves ai.onnx up to ${NEWEST.onnx}.`, SERVED_OPSET);
  }
  if (onnx < OLDEST_ONNX) {
    const why = `onnxruntime promises ai.onnx ${OLDEST_ONNX} and up; it has few of the operators before.`;
    add(`ai.onnx ${onnx}`, why, SERVED_OPSET);
  }
  if (ml > NEWEST.ml) {
    const fix = 'skl2onnx: to_onnx(..., target_opset={"": 17, "ai.onnx.ml": 3})';
    add(`ai.onnx.ml ${ml}`, `onnxruntime-node serves ai.onnx.ml up to ${NEWEST.ml}.`, fix);
  }
  if (irVersion > NEWEST.ir) {
    const why = `onnxruntime-node reads IR versions up to ${NEWEST.ir}.`;
    add(`IR version ${irVersion}`, why, "onnx: model.ir_version = 10; onnx.save(model, path)");
  }
  return [...findings, ...foreign(model)];
};

/** onnx.version_converter is no help: it refuses open dimensions on the way from old versions. */
const SERVED_OPSET = `torch: torch.onnx.export(..., opset_version=17)
skl2onnx: to_onnx(..., target_opset=17)`;

/** Imports that no node uses are harmless: onnxruntime's own tools write many of them. */
function foreign(model: OnnxModel): readonly Finding[] {
  const local = new Set(model.functions.map(({ domain, name }) => `${domain}:${name}`));
  const used = new Map<string, string>();
  for (const { domain, opType } of allNodes(model)) {
    const isOurs = KNOWN.has(domain) || local.has(`${domain}:${opType}`);
    if (!isOurs && !used.has(domain)) used.set(domain, opType);
  }
  return [...used].map(([domain, opType]) =>
    finderAt("opset", `${opType} of ${domain}`)(
      "bad",
      `onnxruntime-node has no operators of ${domain}, and runners load no plug-ins.`,
      "export without it; a scoring script can do it (docs/models.md)",
    ),
  );
}
