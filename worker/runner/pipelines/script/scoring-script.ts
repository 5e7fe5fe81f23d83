import type { Tensors } from "../tensors.ts";

/**
 * What the module of a scoring script exports. It is imported by a runner and nobody else, so that
 * one that fails, hangs, exits or eats memory takes its own jobs down and no others.
 *
 * A thrown error fails its job with `model_error` and the first line of its message; one whose
 * `name` is "InputError" says that the input is at fault: `invalid_input`.
 */
export interface ScoringScript<Input = unknown, Parameters = Readonly<Record<string, unknown>>> {
  /**
   * One input into one row of every input tensor of the model, by name: the dtype and dims of the
   * manifest, without the batch. `data` is row-major, a typed array or a list of strings; bool is
   * Uint8Array, and float16 the bit patterns in a Uint16Array.
   *
   * @param input fits the manifest's input schema
   */
  preprocess(input: Input, parameters: Parameters): Tensors | Promise<Tensors>;
  /** One row of every output tensor, without the batch, into JSON that fits the output schema. */
  postprocess(outputs: Tensors, parameters: Parameters): unknown;
}
