import type { ErrorCode } from "../../shared/error.ts";
import type { Fault } from "../../shared/fault.ts";
import type { ProbeResult, ProbeRun } from "./probe-run.ts";

/** What a session runs on, as ONNX Runtime wants to be told. WebGPU takes no number of a device. */
export type ExecutionProvider =
  | { readonly name: "cpu" | "webgpu" }
  | { readonly name: "cuda" | "tensorrt"; readonly deviceId: number };

/** Where a session runs, as ONNX Runtime itself tells. */
export interface Placement {
  /** What was asked for, or `cpu` when no node is there. */
  readonly provider: ExecutionProvider["name"];
  /** Nodes of the optimised graph on that provider, and all; undefined on the CPU, where it is all. */
  readonly nodes?: { readonly placed: number; readonly all: number } | undefined;
}

/** Numbers a question, and what is said of it: of a GPU's runner two may be open. */
export interface Numbered {
  readonly ask: number;
}

/** What a worker tells its runner. */
export type ToRunner = { readonly v: 1 } & (
  | {
      readonly type: "load";
      /** Folder of the model version. */
      readonly folder: string;
      /** What is loaded from the folder under another edition is dropped first. */
      readonly edition: string;
      readonly provider: ExecutionProvider;
      /** What all sessions may take together, by estimate; undefined: all there is. */
      readonly memoryBytes: number | undefined;
    }
  | { readonly type: "unload"; readonly folder: string }
  | { readonly type: "prove"; readonly provider: ExecutionProvider }
  | {
      readonly type: "probe";
      /** Of a graph. */
      readonly path: string;
      readonly run: ProbeRun;
    }
  | {
      readonly type: "run";
      readonly folder: string;
      /** One entry a row; the rows themselves are the frame's parts, in the same order. */
      readonly parameters: readonly Readonly<Record<string, unknown>>[];
    }
  | {
      readonly type: "run_block";
      readonly folder: string;
      /** Rows at most that are run together. */
      readonly batchRows: number;
      /** The frame's one part is the rows, side by side; all of them have the same parameters. */
      readonly count: number;
      readonly parameters: Readonly<Record<string, unknown>>;
    }
);

/**
 * What a runner answers: that it has begun, again with each part of a block and when a GPU begins with
 * it, and then one answer a message.
 */
export type FromRunner = { readonly v: 1 } & (
  | { readonly type: "begun" }
  | {
      readonly type: "loaded";
      readonly placement: Placement;
      readonly loadMs: number;
      /** Folders whose sessions were unloaded to make room. */
      readonly dropped: readonly string[];
      /** It alone needs more than the budget. */
      readonly isOverBudget: boolean;
    }
  | {
      readonly type: "load_failed";
      readonly reason: string;
      readonly dropped: readonly string[];
      /** The GPU cannot be had, and not by this process any more. */
      readonly isDeviceGone: boolean;
    }
  | { readonly type: "unloaded" }
  /** `reason`: why it cannot be had. */
  | { readonly type: "proved"; readonly reason: string | undefined }
  | ({ readonly type: "probed" } & ProbeResult)
  /** Outputs (JSON, UTF-8) are the frame's parts, empty where a row failed. */
  | ({ readonly type: "ran" } & RowsRan)
  /** The frame's one part is a line of output for each row, empty where it failed. */
  | ({ readonly type: "ran_block" } & BlockRan)
);

/** What came of rows, beside their outputs. */
export interface RowsRan {
  /** One entry a row, null where it succeeded. */
  readonly failures: readonly (RowFailure | null)[];
  /** One entry a row: how many rows its run had; 1 for those that took part in none. */
  readonly runRows: readonly number[];
  readonly decodeMs: number;
  readonly inferenceMs: number;
}

/** The same, of a block. */
export interface BlockRan {
  /** Tensor batches, in the order of the rows. */
  readonly runs: readonly BlockRun[];
  /** By row of the block. */
  readonly failures: readonly (readonly [row: number, failure: RowFailure])[];
}

/** Rows of a block that were run one after the other, in tensor batches of `runRows`. */
export interface BlockRun {
  readonly rows: number;
  /** How many were in the largest run that any of them had a part in. */
  readonly runRows: number;
  readonly decodeMs: number;
  readonly inferenceMs: number;
}

export interface RowFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly faults: readonly Fault[];
}
