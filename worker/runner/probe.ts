import { createHash } from "node:crypto";
import { InferenceSession } from "onnxruntime-node";
import { messageOf } from "../../shared/message-of.ts";
import { elementKinds, isNumeric, type Dtype } from "../../shared/model/tensor/element.ts";
import type { ProbedTensor, ProbeRun, ProbeTensor } from "./probe-run.ts";
import { fromOrt, tensorOfBytes, toOrt, type PlainTensor } from "./pipelines/plain-tensor.ts";

/** What came of a run: its outputs, or why there are none. */
export type Probed =
  | { readonly outputs: readonly ProbedTensor[]; readonly reason?: never }
  | { readonly outputs?: never; readonly reason: string };

/**
 * A graph that is no version yet, with tensors that are made up: whoever asks wants to know what it
 * gives back. The last graph stays loaded for the next question.
 */
export class Probes {
  #path = "";
  #session: InferenceSession | undefined;

  /** @throws when the graph cannot be loaded */
  async probe(path: string, run: ProbeRun): Promise<Probed> {
    const session = await this.#sessionOf(path);
    try {
      const feeds = run.inputs.map(
        (input) => [input.name, toOrt(madeUp(input, run.seed))] as const,
      );
      const results = await session.run(Object.fromEntries(feeds), run.outputs);
      return { outputs: run.outputs.map((name) => probed(name, results[name])) };
    } catch (error) {
      return { reason: messageOf(error) };
    }
  }

  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#path = "";
    await session?.release();
  }

  async #sessionOf(path: string): Promise<InferenceSession> {
    if (this.#path === path && this.#session !== undefined) return this.#session;
    await this.release();
    // As it stands: what is optimised away could not be compared.
    const options = { logSeverityLevel: 4, intraOpNumThreads: 1, interOpNumThreads: 1 } as const;
    this.#session = await InferenceSession.create(path, options);
    this.#path = path;
    return this.#session;
  }
}

function probed(name: string, tensor: Parameters<typeof fromOrt>[1] | undefined): ProbedTensor {
  if (tensor === undefined) throw new Error(`there is no output "${name}"`);
  const { dtype, dims, data } = fromOrt(name, tensor);
  const hash = createHash("sha256");
  if ("buffer" in data) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  else hash.update(JSON.stringify(data));
  return { name, dtype, dims, digest: hash.digest("hex") };
}

/**
 * Zeros and empty strings for seed 0; else floats between -3 and 3, small integers, truths and words
 * that a seed gives again.
 */
function madeUp({ dtype, dims }: ProbeTensor, seed: number): PlainTensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const next = seed === 0 ? () => 0 : generator(seed);
  if (!isNumeric(dtype)) {
    const data = Array.from({ length: count }, () =>
      seed === 0 ? "" : `w${Math.floor(next() * 9)}`,
    );
    return { dtype: "string", dims, data };
  }
  const kind = elementKinds[dtype];
  const bytes = new Uint8Array(count * kind.bytes);
  if (seed !== 0) {
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i += 1) kind.write(view, i * kind.bytes, element(dtype, next()));
  }
  return tensorOfBytes(dtype, dims, bytes.buffer);
}

function element(dtype: Dtype, share: number): unknown {
  if (dtype === "bool") return share < 0.5;
  return dtype.startsWith("float") ? 6 * share - 3 : Math.floor(share * 3);
}

/** Numbers from 0 to below 1: a linear congruential generator, with the constants of Numerical Recipes. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
