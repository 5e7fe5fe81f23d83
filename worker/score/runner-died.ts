/**
 * How far a runner had come when it died with what it was asked.
 *
 * - `unsent`: it was dead before
 * - `sent`: it had not begun, though receiving it may be what ended it
 * - `loading`: it was making the session for it
 * - `running`: it was at it
 */
export type Progress = "unsent" | "sent" | "loading" | "running";

/** Why a runner is gone. */
export class RunnerDied extends Error {
  readonly reason: "crash" | "timeout";
  /** With what it was asked by whoever catches this. */
  readonly progress: Progress;

  constructor(reason: "crash" | "timeout", detail: string, progress: Progress = "unsent") {
    super(detail);
    this.name = "RunnerDied";
    this.reason = reason;
    this.progress = progress;
  }
}

/** The model's file is missing, corrupt or too big. The runner lives on. */
export class LoadFailed extends Error {}
