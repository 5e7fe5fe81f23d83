import type { Device } from "../../../shared/device.ts";
import type { Manifest } from "../../../shared/model/manifest.ts";
import { CommandError } from "../../terminal/command.ts";
import { adviceOf, adviceText } from "../check/gpu-advice.ts";
import { isBad } from "../check/report.ts";
import { runGoldens } from "../check/run-goldens.ts";
import { readGoldens } from "../goldens.ts";

/** What to run a version on, in order. */
type Providers = Manifest["execution_providers"];

export interface GpuTrial {
  readonly gpu: Device;
  /** Hears what is done now, and why it came out so, for a person who waits. */
  readonly onStep: (step: string) => void;
}

/**
 * Runs a draft's goldens on a GPU and on the CPU, and measures both.
 *
 * @param folder of the draft, with its manifest and goldens in it
 * @returns the GPU and then the CPU when the GPU is worth it, else the CPU
 * @throws {CommandError} when the GPU gives other answers
 */
export async function providersOf(
  folder: string,
  manifest: Manifest,
  { gpu, onStep }: GpuTrial,
): Promise<Providers> {
  const { name, version } = manifest;
  const id = `${name}@${version}`;
  const draft = { id, name, version, folder, manifest, edition: "gpu", isArchived: false };
  const said = new Set<string>();
  const once = (step: string): void => {
    if (!said.has(step)) onStep(`${id}: ${step}`); // times are taken in rounds
    said.add(step);
  };
  const tried = await runGoldens(draft, readGoldens(draft), { secondsEach: 1, gpu, onStep: once });
  const report = { subject: id, ...tried };
  if (isBad(report)) {
    const why = report.findings.find(({ level }) => level === "bad")?.why ?? "";
    throw new CommandError(`${id} does not run as it should on ${gpu.provider}: ${why}`);
  }
  const advice = adviceOf(report);
  if (advice === undefined) return ["cpu"];
  onStep(adviceText(advice, report.gpu));
  return advice.provider === "cpu" ? ["cpu"] : [advice.provider, "cpu"];
}
