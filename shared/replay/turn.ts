import type { BatchView } from "../batch/fields.ts";
import type { ResultFolder } from "../batch/result-folder.ts";
import type { SweepServices } from "../batch/sweep.ts";
import type { ScoringError } from "../error.ts";
import type { Replay } from "./record.ts";

/** What has become of a replay in a turn: it goes on, it waits, or something that it needs is gone. */
export type Turn = "on" | "later" | ScoringError;

/** What a turn works with. */
export interface TurnOptions extends SweepServices {
  readonly replay: Replay;
  readonly live: BatchView;
  readonly candidate: BatchView;
  /** Where results are that are not in Redis any more. */
  readonly folder: ResultFolder;
  /** Whether another replay is to have its turn. */
  readonly isOver: () => boolean;
}
