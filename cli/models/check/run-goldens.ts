import { runRowsOf } from "../../../shared/model/manifest.ts";
import type { ModelVersion } from "../../../shared/model/registry.ts";
import type { Device } from "../../../shared/device.ts";
import { LoadFailed, RunnerDied } from "../../../worker/score/runner-died.ts";
import type { Goldens } from "../goldens.ts";
import { finderAt, type Finding } from "./finding.ts";
import { compareGoldens } from "./goldens.ts";
import { measure } from "./measure.ts";
import { compareInCompany } from "./neighbours.ts";
import { proposeBatchSize, TIMEOUT_SHARE } from "./propose.ts";
import type { Report, Speed } from "./report.ts";
import { speedFindings } from "./speed.ts";
import { Trial, type TriedRow } from "./trial.ts";

export interface TryOptions {
  /** Time to measure each batch size for; 0 to measure nothing. */
  readonly secondsEach: number;
  /** What to run on, beside the CPU; undefined: the CPU alone. */
  readonly gpu?: Device | undefined;
  /** Hears what is done now, for a person who waits. */
  readonly onStep: (step: string) => void;
}

/** Loads a version in a runner and runs its goldens: alone, in company, and against the clock. */
export async function runGoldens(
  version: ModelVersion,
  goldens: Goldens | undefined,
  options: TryOptions,
): Promise<Omit<Report, "subject">> {
  const { gpu } = options;
  await using trial = new Trial(version, gpu?.provider);
  try {
    options.onStep("loading");
    await trial.load();
    const runsOn = gpu === undefined ? {} : { gpu: { device: gpu, placement: trial.placement } };
    if (goldens === undefined) return { ...runsOn, findings: [] };
    const tried = await runAll(trial, version, goldens, options);
    if (gpu === undefined || tried.speed === undefined) return { ...runsOn, ...tried };
    const onStep = (step: string): void => options.onStep(`${step}, on the CPU`);
    await using beside = new Trial(version);
    const cpuSpeed = await time(beside, version, goldens, { ...options, onStep });
    return { ...runsOn, ...tried, cpuSpeed };
  } catch (error) {
    return { findings: [runnerFinding(error, version)] };
  }
}

async function runAll(
  trial: Trial,
  version: ModelVersion,
  goldens: Goldens,
  { secondsEach, onStep }: TryOptions,
): Promise<Omit<Report, "subject">> {
  const { cases } = goldens;
  onStep(`${cases.length} goldens`);
  const alone: TriedRow[] = [];
  for (const golden of cases) alone.push(...(await trial.run([golden])).results);
  const { failed, findings: wrong } = compareGoldens(goldens, alone, trial.compare);
  onStep("rows in company");
  const most = runRowsOf(version.manifest);
  const company = await compareInCompany(trial, cases, alone, most);
  const { batches, changed, findings: mixed, isUntested = false } = company;
  const ran = {
    goldens: { cases: cases.length, failed },
    ...(isUntested ? {} : { neighbours: { batches, changed } }),
  };
  if (secondsEach === 0) return { ...ran, findings: [...wrong, ...mixed] };
  const speed = await time(trial, version, goldens, { secondsEach, onStep });
  return { ...ran, speed, findings: [...wrong, ...mixed, ...speedFindings(speed, version)] };
}

async function time(
  trial: Trial,
  { manifest }: ModelVersion,
  { cases }: Goldens,
  { secondsEach, onStep }: TryOptions,
): Promise<Speed> {
  const { max_batch_size: maxBatchSize } = manifest.batching;
  const measured = await measure(trial, cases, {
    maxBatchSize,
    secondsEach,
    batchMsMax: Math.min(secondsEach * 1000, manifest.run_timeout_ms * TIMEOUT_SHARE),
    onSize: (size) => onStep(`speed of batches of ${size}`),
  });
  const proposed = proposeBatchSize(measured, manifest.run_timeout_ms);
  return { measured, maxBatchSize, proposed };
}

/** @throws what is no fault of the version */
function runnerFinding(error: unknown, { manifest }: ModelVersion): Finding {
  const { path } = manifest.file;
  if (error instanceof LoadFailed) {
    const why = error.message.replaceAll(/\s+/g, " ").slice(0, 400);
    return finderAt("load", path)("bad", why, "see any findings about the graph");
  }
  if (!(error instanceof RunnerDied)) throw error;
  const why = `The runner ended: ${error.message}.`;
  const fix =
    error.reason === "timeout"
      ? 'manifest.json: a longer "run_timeout_ms", or a smaller "max_batch_size"'
      : "run it in Python on the same input; does it take all memory?";
  return finderAt("run", path)("bad", why, fix);
}
