import type { OnnxModel } from "../onnx/graph.ts";

/** What findings are about; docs/cli.md says what each means. */
export const RULES = [
  "opset",
  "external-data",
  "type",
  "batch-dimension",
  "neighbours",
  "int8-bias",
  "tokenizer",
  "golden",
  "file",
  "manifest",
  "load",
  "run",
  "batch-size",
] as const;

/** What `models check` found. */
export interface Finding {
  /** `bad`: it will not be served, or answers wrong; `note`: it works, but you may want to know. */
  readonly level: "bad" | "note";
  readonly rule: (typeof RULES)[number];
  /** The tensor, node or file it is about. */
  readonly place: string;
  readonly why: string;
  /** The export option, or the command, that mends it; lines are kept. */
  readonly fix: string;
}

/** What is found at one place: `found("bad", why, fix)`. */
export type Finder = (level: Finding["level"], why: string, fix: string) => Finding;

export function finderAt(rule: Finding["rule"], place: string): Finder {
  return (level, why, fix) => ({ level, rule, place, why, fix });
}

/** What a rule may know besides the graph. */
export interface LintContext {
  /** Most rows in one run, where a manifest says it. */
  readonly maxBatchSize: number | undefined;
  /** Files with weights that are there for it. */
  readonly weights?: readonly string[];
  /** Of outputs that were seen not to have a row for each row: what they had. */
  readonly apart?: ReadonlyMap<string, string>;
}

/** Looks at a graph for one kind of mistake; pure. */
export type LintRule = (model: OnnxModel, context: LintContext) => readonly Finding[];
