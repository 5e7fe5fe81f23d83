import { InferenceSession, Tensor } from "onnxruntime-node";
import { z } from "zod";
import { manifestSchema } from "../../../shared/model/manifest.ts";
import { repositoryFile } from "../client.ts";

const FOLDER = "models/wine/1";
const manifest = manifestSchema.parse(
  JSON.parse(repositoryFile(`${FOLDER}/manifest.json`).toString()),
);
const columns =
  manifest.pipeline.type === "tabular" ? manifest.pipeline.columns.map(({ name }) => name) : [];

/** About what the measurements of the training data lie between. */
const RANGES: readonly (readonly [from: number, to: number])[] = [
  [11, 14.8],
  [0.7, 5.8],
  [1.4, 3.2],
  [11, 30],
  [70, 160],
  [1, 3.9],
  [0.3, 5],
  [0.1, 0.66],
  [0.4, 3.6],
  [1.3, 13],
  [0.5, 1.7],
  [1.3, 4],
  [278, 1680],
];

/** The measurements of row `index`: always the same, and different from row to row. */
export function wineValues(index: number): readonly number[] {
  let state = (index * 2_654_435_761 + 12_345) >>> 0;
  return RANGES.map(([from, to]) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((from + (state / 2 ** 32) * (to - from)) * 100) / 100;
  });
}

/** A line of an upload. */
export function wineLine(index: number): string {
  const values = wineValues(index);
  const members = columns.map((name, i) => `"${name}":${values[i]}`);
  return `{"custom_id":"r${index}","input":{${members.join(",")}}}\n`;
}

/** Lines `from` up to `to`, some at a time. */
export async function* wineLines(from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let index = from; index < to; index += 512) {
    let text = "";
    for (let i = index; i < Math.min(index + 512, to); i += 1) text += wineLine(i);
    yield Buffer.from(text);
    await Promise.resolve();
  }
}

/** What the graph itself answers, straight from ONNX Runtime. */
export class WineOracle {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async load(): Promise<WineOracle> {
    return new WineOracle(
      await InferenceSession.create(repositoryFile(`${FOLDER}/model.onnx`), {
        intraOpNumThreads: 1,
      }),
    );
  }

  async score(
    from: number,
    to: number,
  ): Promise<readonly { readonly label: string; readonly probabilities: readonly number[] }[]> {
    const rows = Array.from({ length: to - from }, (_, i) => wineValues(from + i));
    const features = new Tensor("float32", Float32Array.from(rows.flat()), [
      rows.length,
      RANGES.length,
    ]);
    const outputs = await this.#session.run({ features });
    const labels = z.array(z.string()).parse(outputs["label"]?.data);
    const found = z.instanceof(Float32Array).parse(outputs["probabilities"]?.data);
    return labels.map((label, i) => ({
      label,
      probabilities: Array.from(found.subarray(3 * i, 3 * i + 3)),
    }));
  }
}
