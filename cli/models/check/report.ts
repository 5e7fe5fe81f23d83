import type { Finding } from "./finding.ts";
import type { Device } from "../../../shared/device.ts";
import type { SessionLoad } from "../../../worker/score/load-recorder.ts";
import type { Measured } from "./propose.ts";

/** All that a check of one version, or of one file, found. */
export interface Report {
  /** `name@version`, or the path of a file. */
  readonly subject: string;
  readonly findings: readonly Finding[];
  /** How many goldens were run; undefined where none could be. */
  readonly goldens?: { readonly cases: number; readonly failed: number };
  /** How many batches were compared with rows alone; undefined without two different goldens. */
  readonly neighbours?: { readonly batches: number; readonly changed: number };
  readonly speed?: Speed;
  /** What it was run on, where that is not the CPU; `speed` is of that. */
  readonly gpu?: { readonly device: Device; readonly placement: SessionLoad["placement"] };
  /** The CPU's, beside that of a GPU. */
  readonly cpuSpeed?: Speed;
}

export interface Speed {
  readonly measured: readonly Measured[];
  /** The manifest's. */
  readonly maxBatchSize: number;
  /** Undefined when no size is fast enough for `run_timeout_ms`. */
  readonly proposed: number | undefined;
}

export function isBad({ findings }: Report): boolean {
  return findings.some(({ level }) => level === "bad");
}
