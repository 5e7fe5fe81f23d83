import { allNodes } from "../../onnx/all-nodes.ts";
import type { OnnxModel } from "../../onnx/graph.ts";
import type { Finding, LintRule } from "./finding.ts";

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
  return [
    ...tooNew("ai.onnx", opsets.get("") ?? 0, NEWEST.onnx),
    ...tooNew("ai.onnx.ml", opsets.get("ai.onnx.ml") ?? 0, NEWEST.ml),
    ...tooOld(opsets.get("")),
    ...tooNewFormat(irVersion),
    ...foreign(model),
  ];
};

function tooNew(domain: string, version: number, newest: number): readonly Finding[] {
  if (version <= newest) return [];
  const isMl = domain === "ai.onnx.ml";
  return [
    {
      level: "bad",
      rule: "opset",
      place: `${domain} ${version}`,
      why: `onnxruntime-node serves ${domain} up to ${newest}.`,
      fix: isMl
        ? 'skl2onnx: to_onnx(..., target_opset={"": 17, "ai.onnx.ml": 3})'
        : "torch: torch.onnx.export(..., opset_version=17)\nskl2onnx: to_onnx(..., target_opset=17)",
    },
  ];
}

function tooOld(version: number | undefined): readonly Finding[] {
  if (version === undefined || version >= OLDEST_ONNX) return [];
  return [
    {
      level: "bad",
      rule: "opset",
      place: `ai.onnx ${version}`,
      why: `onnxruntime guarantees ai.onnx ${OLDEST_ONNX} and up; older operators may be missing.`,
      fix: "onnx: onnx.version_converter.convert_version(model, 17)",
    },
  ];
}

function tooNewFormat(version: number): readonly Finding[] {
  if (version <= NEWEST.ir) return [];
  return [
    {
      level: "bad",
      rule: "opset",
      place: `IR version ${version}`,
      why: `onnxruntime-node reads IR versions up to ${NEWEST.ir}.`,
      fix: "onnx: model.ir_version = 10; onnx.save(model, path)",
    },
  ];
}

/** Imports that no node uses are harmless: onnxruntime's own tools write many of them. */
function foreign(model: OnnxModel): readonly Finding[] {
  const local = new Set(model.functions.map(({ domain, name }) => `${domain}:${name}`));
  const used = new Map<string, string>();
  for (const { domain, opType } of allNodes(model)) {
    const isOurs = KNOWN.has(domain) || local.has(`${domain}:${opType}`);
    if (!isOurs && !used.has(domain)) used.set(domain, opType);
  }
  return [...used].map(([domain, opType]) => ({
    level: "bad",
    rule: "opset",
    place: `${opType} of ${domain}`,
    why: `onnxruntime-node has no operators of ${domain}, and runners load no plug-ins.`,
    fix: "export without it; a scoring script can do it (docs/models.md)",
  }));
}
