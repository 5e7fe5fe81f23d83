import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ScoringError } from "../../../../shared/error.ts";
import type { PipelineContract } from "../../../../shared/model/pipelines/contract.ts";
import type { ScriptSettings } from "../../../../shared/model/pipelines/script/definition.ts";
import { stringFault } from "../../../../shared/model/tensor/element.ts";
import { bytesFault } from "../../../../shared/model/tensor/read-tensor.ts";
import { rowDimensions, RowSizes } from "../../../../shared/model/tensor/dimensions.ts";
import type { TensorRow } from "../../../../shared/model/tensor/row.ts";
import type { ModelTensors, TensorSettings } from "../../../../shared/model/tensor/settings.ts";
import { packStrings } from "../../../../shared/model/tensor/strings.ts";
import { makePipeline, type Pipeline, type ServedModel, type Tensors } from "../pipeline.ts";
import { isElements, tensorOfBytes, type PlainTensor } from "../plain-tensor.ts";
import { blankRow, outputRow, shapeKey, stackRows } from "../tensor-rows.ts";
import type { ScoringScript } from "./scoring-script.ts";
import { messageOf } from "../../../../shared/message-of.ts";

/**
 * The steps of a model's own script. What it makes is checked row by row against the manifest: a
 * row of another shape is refused and never meets its neighbours.
 *
 * @throws when the module is missing, cannot be imported, or does not export what it must
 */
export async function script({
  manifest,
  settings,
  contract,
  folder,
}: ServedModel<ScriptSettings>): Promise<Pipeline> {
  const { inputs, outputs } = manifest;
  const module = await importScript(join(folder, settings.module), settings.module);
  return makePipeline<TensorRow>({
    encode: async (row, given) => {
      const parameters = contract.parameters.parse(given);
      const input: unknown = JSON.parse(row.toString());
      try {
        return toRow(await module.preprocess(input, parameters), manifest);
      } catch (error) {
        throw blame(error);
      }
    },
    blank: () => blankRow(manifest),
    shapeKey,
    stack: (rows) => stackRows(rows, inputs),
    decode: (results, row, given) => {
      const own = outputs.map(({ name }) => [name, ownTensor(results, name, row)]);
      const parameters = contract.parameters.parse(given);
      try {
        return checkOutput(module.postprocess(Object.fromEntries(own), parameters), contract);
      } catch (error) {
        throw blame(error);
      }
    },
  });
}

async function importScript(path: string, name: string): Promise<ScoringScript> {
  // A module that failed is remembered by Node; under its new time it is read again.
  const { mtimeMs } = await stat(path);
  let module: unknown;
  try {
    module = await import(`${pathToFileURL(path).href}?${mtimeMs}`);
  } catch (cause) {
    throw new Error(`${name} cannot be imported: ${firstLine(cause)}`, { cause });
  }
  if (isScript(module)) return module;
  throw new Error(`${name} does not export the functions preprocess and postprocess`);
}

function isScript(module: unknown): module is ScoringScript {
  const { preprocess, postprocess }: Readonly<Record<string, unknown>> = Object(module);
  return typeof preprocess === "function" && typeof postprocess === "function";
}

/** Scripts import nothing of ours to blame the input: the name says it. */
function blame(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "InputError") return error;
  return new ScoringError("invalid_input", firstLine(error).slice(0, 300), { cause: error });
}

function firstLine(error: unknown): string {
  return messageOf(error).split("\n")[0] ?? "";
}

/** What a script gave, checked: it may be JavaScript, where types hold nobody to anything. */
function toRow(given: unknown, { inputs, dimensions }: ModelTensors): TensorRow {
  const tensors: Readonly<Record<string, unknown>> = Object(given);
  const stranger = Object.keys(tensors).find((name) => inputs.every((it) => it.name !== name));
  if (stranger !== undefined)
    throw new Error(`preprocess returned "${stranger}", which is not an input`);
  const sizes = new RowSizes(dimensions);
  const packed = inputs.map((input) => toBytes(tensors[input.name], input, sizes));
  return { form: "nested", sizes: sizes.settled, tensors: packed };
}

function toBytes(given: unknown, input: TensorSettings, sizes: RowSizes): Uint8Array {
  const refuse = (what: string): never => {
    throw new Error(`preprocess returned "${input.name}" ${what}`);
  };
  const { dtype, dims, data }: Readonly<Record<string, unknown>> = Object(given);
  if (dtype !== input.dtype) return refuse(`as ${String(dtype)}, not ${input.dtype}`);
  const wanted = shapeFault(dims, input, sizes);
  if (wanted !== undefined) {
    const shape = Array.isArray(dims) ? `[${dims.join(", ")}]` : String(dims);
    return refuse(`of shape ${shape}, not ${wanted} (a row, without the batch)`);
  }
  if (!isElements(input.dtype, data)) return refuse(`with data of a type that is not its own`);
  const bytes = bytesOf(data, input);
  const fault = bytesFault(bytes, input, sizes.settled);
  return fault === undefined ? bytes : refuse(`whose data ${fault}`);
}

/** @returns the shape there should have been, or undefined when it is this one */
function shapeFault(dims: unknown, input: TensorSettings, sizes: RowSizes): string | undefined {
  const wanted = rowDimensions(input);
  const whole = `[${wanted.join(", ")}]`;
  if (!Array.isArray(dims) || dims.length !== wanted.length) return whole;
  const given: readonly unknown[] = dims;
  for (const [i, dim] of wanted.entries()) {
    if (typeof dim === "number") {
      if (dim !== given[i]) return whole;
      continue;
    }
    const named = Number.isInteger(given[i]) ? sizes.settle(dim, Number(given[i])) : "a size";
    if (named !== undefined) return `${whole}, where ${named}`;
  }
  return undefined;
}

/** A copy: a script may use its arrays again for the next row. */
function bytesOf(data: PlainTensor["data"], { name }: TensorSettings): Buffer {
  if ("buffer" in data) {
    return Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const fault = data.map(stringFault).find((one) => one !== undefined);
  if (fault !== undefined) throw new Error(`preprocess returned "${name}" a string that ${fault}`);
  return packStrings(data);
}

/** One row of an output, its elements its own. */
function ownTensor(outputs: Tensors, name: string, row: number): PlainTensor {
  const { dtype, dims, elements } = outputRow(outputs, name, row);
  if (dtype === "string" || !(elements instanceof Uint8Array)) {
    return { dtype: "string", dims, data: Array.from(elements, String) };
  }
  return tensorOfBytes(dtype, dims, Uint8Array.from(elements).buffer);
}

function checkOutput(output: unknown, contract: PipelineContract): unknown {
  if (output instanceof Promise) throw new Error("postprocess returned a promise");
  if (output === undefined) throw new Error("postprocess returned nothing");
  const checked = contract.output.safeParse(output);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const path = (issue?.path ?? []).map((part) => `/${String(part)}`).join("");
  throw new Error(`postprocess returned an output that does not fit: ${path} ${issue?.message}`);
}
