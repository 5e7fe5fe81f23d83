import type { ExecutionProvider, Placement } from "../runner/messages.ts";

/** A session that was made. */
export interface SessionLoad {
  readonly ms: number;
  readonly placement: Placement;
  /** Where it was to run. */
  readonly wanted: ExecutionProvider;
}

/** Told of loads: figures for operators. */
export interface LoadRecorder {
  sessionLoaded(model: string, load: SessionLoad): void;
  sessionLoadFailed(model: string): void;
}
