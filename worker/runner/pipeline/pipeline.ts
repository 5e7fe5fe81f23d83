import type { PlainTensor } from "./plain-tensor.ts";

/** By name. */
export type Tensors = Readonly<Record<string, PlainTensor>>;

type Parameters = Readonly<Record<string, unknown>>;

/** The steps of a pipeline around the model, for one kind of encoded row. */
export interface PipelineSteps<Row> {
  /** @throws {ScoringError} when these bytes cannot be scored */
  encode(row: Buffer, parameters: Parameters): Row | Promise<Row>;
  /** A row to warm up with. */
  blank(): Row;
  /** Rows into the model's inputs, batch dimension first. Inputs may be reused by the next call. */
  stack(rows: readonly Row[]): Tensors;
  /** One row's output as JSON. @param row position in the batch @param encoded the row itself */
  decode(outputs: Tensors, row: number, parameters: Parameters, encoded: Row): unknown;
}

/** The same with the kind of row closed over, so that a runner can hold pipelines of any kind. */
export interface Pipeline {
  /**
   * Encodes every row by itself: one that fails leaves a reason and takes no part in the batch.
   *
   * @param parameters one per row
   */
  encode(rows: readonly Buffer[], parameters: readonly Parameters[]): Promise<EncodedBatch>;
  blank(rows: number): Tensors;
}

export interface EncodedBatch {
  /** Positions, in what was given, of the rows that take part. */
  readonly kept: readonly number[];
  /** By position, why a row takes no part. */
  readonly refused: ReadonlyMap<number, unknown>;
  /** Inputs for the kept rows; undefined when there are none. */
  readonly inputs: Tensors | undefined;
  /** One kept row's output as JSON. @param row position among the kept */
  decode(outputs: Tensors, row: number, parameters: Parameters): unknown;
}

export function makePipeline<Row>(steps: PipelineSteps<Row>): Pipeline {
  return {
    encode: async (rows, parameters) => {
      const settled = await Promise.allSettled(
        rows.map(async (row, i) => steps.encode(row, parameters[i] ?? {})),
      );
      const encoded: Row[] = [];
      const kept: number[] = [];
      const refused = new Map<number, unknown>();
      for (const [i, result] of settled.entries()) {
        if (result.status === "rejected") refused.set(i, result.reason);
        else {
          kept.push(i);
          encoded.push(result.value);
        }
      }
      return {
        kept,
        refused,
        inputs: kept.length > 0 ? steps.stack(encoded) : undefined,
        decode: (outputs, row, given) => {
          const [own] = encoded.slice(row, row + 1);
          if (own === undefined) throw new RangeError(`batch without row ${row}`);
          return steps.decode(outputs, row, given, own);
        },
      };
    },
    blank: (rows) => steps.stack(Array.from({ length: rows }, () => steps.blank())),
  };
}

/** @throws when the model has no such output, or not of this type: its manifest is wrong */
export function floatOutput(outputs: Tensors, name: string): Float32Array {
  const tensor = outputs[name];
  if (tensor?.dtype !== "float32") throw new Error(`model has no float32 output "${name}"`);
  return tensor.data;
}
