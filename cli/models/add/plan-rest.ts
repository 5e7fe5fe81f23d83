import { z } from "zod";
import { CommandError, UsageError } from "../../terminal/command.ts";
import { MISSING_NUMBER } from "../../../shared/model/tensor/settings.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { gapsIn } from "./gaps.ts";
import { readJson } from "./lists.ts";
import { namedDims, type PlannedInput, type Planner } from "./plan.ts";
import { askRanges } from "./ranges.ts";
import type { RowTensor } from "./servable.ts";

/** Tensors in, tensors out, as the graph has them. */
export const planTensors: Planner = async (model, { inputs: given, outputs }, questions) => {
  const inputs = withGaps(model, given);
  const gaps = inputs.flatMap(({ name, missing }) => (missing === undefined ? [] : [name]));
  const facts: [string, string][] = [["missing", `elements of ${gaps.join(", ")} may be null`]];
  const varying = inputs.flatMap(namedDims).filter((dim) => typeof dim === "string");
  const dimensions = await askRanges([...new Set(varying)], questions);
  const pipeline = { type: "tensor" };
  return {
    inputs,
    outputs,
    dimensions,
    pipeline,
    files: new Map(),
    facts: gaps.length > 0 ? facts : [],
  };
};

/** Inputs whose elements a graph takes as missing, wherever they stand, say so. */
function withGaps(model: OnnxModel, inputs: readonly RowTensor[]): readonly PlannedInput[] {
  const elements = inputs.map(({ name }) => ({ input: name, position: 0 }));
  const mayBeMissing = gapsIn(
    model,
    new Map(elements.map((element) => [element.input, [element]])),
  );
  return inputs.map((input, i) => {
    const element = elements[i];
    const isGap = element !== undefined && input.dtype.startsWith("float") && mayBeMissing(element);
    return isGap ? { ...input, missing: MISSING_NUMBER } : input;
  });
}

const answersSchema = z
  .array(z.strictObject({ id: z.string(), question: z.string(), answer: z.string() }))
  .min(1);

/**
 * A text in, the answers that match it out. Nothing is done to the text beforehand.
 *
 * @throws {CommandError} when the graph does not take one string and give one list of float32
 */
export const planText: Planner = async (_, tensors, questions) => {
  const [input, ...moreInputs] = tensors.inputs;
  const [output, ...moreOutputs] = tensors.outputs;
  const isText = input?.dtype === "string" && input.dims.length === 1 && input.dims[0] === 1;
  const isScores = output?.dtype === "float32" && output.dims.length === 1;
  if (!isText || !isScores || moreInputs.length + moreOutputs.length > 0) {
    throw new CommandError(
      `text-match takes one input [batch, 1] of strings and one output [batch, answers]
of float32; leave others out with --outputs, or try --pipeline tensor`,
    );
  }
  const path = await questions.ask({
    flag: "labels",
    text: 'A .json file of the answers, in order: [{"id", "question", "answer"}, …]',
    fault: (given) => answersFault(given, output.dims[0] ?? null),
  });
  const answers = answersSchema.parse(readJson(path, "labels"));
  return {
    inputs: tensors.inputs,
    outputs: [{ ...output, dims: [answers.length] }],
    pipeline: { type: "text-match", answers: "answers.json", normalize: "none", lowercase: false },
    files: new Map([["answers.json", `${JSON.stringify(answers, null, 1)}\n`]]),
    facts: [
      ["answers", String(answers.length)],
      ["texts", "as they come; normalize, lowercase and subwords are in the manifest"],
    ],
  };
};

function answersFault(path: string, count: number | string | null): string | undefined {
  try {
    const parsed = answersSchema.safeParse(readJson(path, "labels"));
    if (!parsed.success) return z.prettifyError(parsed.error).split("\n")[0];
    if (typeof count !== "number" || parsed.data.length === count) return undefined;
    return `holds ${parsed.data.length} answers, and the output has ${count}`;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}
