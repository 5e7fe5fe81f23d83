import type { ModelVersion } from "../../shared/model/registry.ts";
import type { BlockRun, RowFailure } from "../runner/messages.ts";
import type { BatchOutcome } from "../runner/run-batch.ts";

export interface RunRequest {
  readonly version: ModelVersion;
  readonly rows: readonly Buffer[];
  /** One per row. */
  readonly parameters: readonly Readonly<Record<string, unknown>>[];
  /** The run is killed after this many ms from its beginning in the runner; loading does not count. */
  readonly timeoutMs: number;
  /** Called when the runner says that the run has begun. */
  readonly onBegun?: () => void;
}

/** Rows side by side, to be run a tensor batch at a time. */
export interface BlockRequest extends Omit<RunRequest, "rows" | "parameters"> {
  readonly bytes: Buffer;
  readonly count: number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface RunResult extends BatchOutcome {
  readonly provider: string;
  /** True when the session was loaded for this run. */
  readonly coldStart: boolean;
}

/** What came of a block. */
export interface BlockResult extends Pick<RunResult, "provider" | "coldStart"> {
  readonly runs: readonly BlockRun[];
  readonly failures: ReadonlyMap<number, RowFailure>;
  /** One per row, JSON; empty where it failed. */
  readonly outputs: readonly string[];
}
