import type { Device } from "../../../shared/device.ts";
import type { Measured } from "./propose.ts";
import type { Report, Speed } from "./report.ts";

/** So much faster a GPU has to be: a core costs less. */
const WORTH = 1.2;

/** What to run a model on. */
export interface Advice {
  readonly provider: Device["provider"];
  /** Undefined where no batch is fast enough for `run_timeout_ms`. */
  readonly maxBatchSize: number | undefined;
  /** Rows per second on the GPU by those of one core. */
  readonly ratio: number;
}

/** Whether the GPU is worth it, by the best rows per second of both; undefined where one was not measured. */
export function adviceOf({ gpu, speed, cpuSpeed }: Report): Advice | undefined {
  if (gpu === undefined || speed === undefined || cpuSpeed === undefined) return undefined;
  const ratio = bestOf(speed) / bestOf(cpuSpeed);
  const isWorth = ratio >= WORTH && gpu.placement.provider !== "cpu";
  return isWorth
    ? { provider: gpu.device.provider, maxBatchSize: speed.proposed, ratio }
    : { provider: "cpu", maxBatchSize: cpuSpeed.proposed, ratio };
}

/** Why, in a sentence: a GPU with no node of the graph has no part in its times. */
export function adviceText({ provider, ratio }: Advice, gpu: Report["gpu"]): string {
  if (gpu?.placement.provider === "cpu")
    return "The GPU has no node of the graph: its times are the CPU's, too.";
  const times = ratio.toFixed(ratio < 10 ? 2 : 0);
  const reason = provider === "cpu" ? `; it is worth it from ${WORTH} times` : "";
  return `The GPU does ${times} times the rows per second of one core${reason}.`;
}

function bestOf({ measured, proposed }: Speed): number {
  const isMeant = ({ batchSize }: Measured): boolean =>
    proposed === undefined || batchSize === proposed;
  return Math.max(...measured.filter(isMeant).map(({ rowsPerSecond }) => rowsPerSecond));
}
