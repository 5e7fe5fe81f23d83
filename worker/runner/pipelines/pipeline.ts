import type { Manifest } from "../../../shared/model/manifest.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import type { Tensors } from "./tensors.ts";

export type { Tensors };

type Parameters = Readonly<Record<string, unknown>>;

/** A model version as its pipeline is made for it. */
export interface ServedModel<Settings> {
  readonly manifest: Manifest;
  /** The member `pipeline` of the manifest. */
  readonly settings: Settings;
  readonly contract: PipelineContract;
  /** Holds the manifest and the files beside it. */
  readonly folder: string;
}

/** The steps of a pipeline around the model, for one kind of encoded row. */
export interface PipelineSteps<Row> {
  /** @throws {ScoringError} when these bytes cannot be scored */
  encode(row: Buffer, parameters: Parameters): Row | Promise<Row>;
  /** A row to warm up with. */
  blank(): Row;
  /** Rows with the same key can be stacked; without it, all can. */
  shapeKey?(row: Row): string;
  /** Rows into the model's inputs, batch dimension first. */
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
  /** Where rows are all of one length, and parameters change nothing: many at a time. */
  readonly block?: BlockSteps;
}

/** The steps of a pipeline around the model, for rows that stand side by side. */
export interface BlockSteps {
  readonly rowBytes: number;
  /** The model's inputs, batch dimension first. @param rows whole ones */
  stack(rows: Buffer): Tensors;
  /** Outputs as JSON, one line a row: the same text as row by row. @throws when one cannot be told */
  write(outputs: Tensors, count: number): string;
}

export interface EncodedBatch {
  /** By position, why a row takes no part. */
  readonly refused: ReadonlyMap<number, unknown>;
  /** The other rows, by what can be run together: one stack unless their shapes differ. */
  readonly stacks: readonly EncodedStack[];
}

/** Rows for one run of the model. */
export interface EncodedStack {
  /** Positions of its rows in what was given. */
  readonly rows: readonly number[];
  /** Made anew at each call. */
  inputs(): Tensors;
  /** One row's output as JSON. @param row position in this stack */
  decode(outputs: Tensors, row: number, parameters: Parameters): unknown;
}

export function makePipeline<Row>(steps: PipelineSteps<Row>): Pipeline {
  return {
    encode: async (rows, parameters) => {
      const settled = await Promise.allSettled(
        rows.map(async (row, i) => steps.encode(row, parameters[i] ?? {})),
      );
      const kept: Kept<Row>[] = [];
      const refused = new Map<number, unknown>();
      for (const [position, result] of settled.entries()) {
        if (result.status === "rejected") refused.set(position, result.reason);
        else kept.push({ position, row: result.value });
      }
      const byShape = Map.groupBy(kept, ({ row }) => steps.shapeKey?.(row) ?? "");
      return { refused, stacks: [...byShape.values()].map((same) => stackOf(same, steps)) };
    },
    blank: (rows) => steps.stack(Array.from({ length: rows }, () => steps.blank())),
  };
}

interface Kept<Row> {
  /** In what was given. */
  readonly position: number;
  readonly row: Row;
}

function stackOf<Row>(kept: readonly Kept<Row>[], steps: PipelineSteps<Row>): EncodedStack {
  return {
    rows: kept.map(({ position }) => position),
    inputs: () => steps.stack(kept.map(({ row }) => row)),
    decode: (outputs, row, given) => {
      const own = kept[row];
      if (own === undefined) throw new RangeError(`batch without row ${row}`);
      return steps.decode(outputs, row, given, own.row);
    },
  };
}
