import { setImmediate } from "node:timers/promises";
import { readRegistry, type ModelVersion } from "../../shared/model/registry.ts";
import { namedOf, namesIn, wantsPreload } from "../../shared/model/wanted-versions.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Loads what the worker will ask for first, while that still imports its own code: a worker that starts
 * beside a queue scores sooner by what a load takes. Whatever goes wrong here goes wrong again when the
 * worker asks, and is told then; so this never rejects.
 *
 * @param given how the process was called: the folder of models, and what `WORKER_MODELS` says, if it is
 *   set; nothing where the worker is to decide first
 * @param isAsked whether the worker has asked for something: it waits for no more than one load
 */
export async function takeHeadStart(
  sessions: Sessions,
  [folder, names]: readonly string[],
  isAsked: () => boolean = () => false,
): Promise<void> {
  if (folder === undefined) return;
  try {
    const { versions } = readRegistry(folder).registry;
    const wanted = namedOf(versions, names === undefined ? undefined : namesIn(names));
    for (const version of wanted.filter((it) => wantsPreload(it) && runsHere(it))) {
      await sessions.load(version.folder, version.edition, { name: "cpu" }, false);
      await hearing();
      if (isAsked()) return;
    }
  } catch {
    // No folder of models: the worker says so, and ends.
  }
}

/** Between two of these the event loop reads what has come in. */
async function hearing(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** On the CPU, which needs no proof. */
function runsHere({ manifest }: ModelVersion): boolean {
  return manifest.execution_providers.includes("cpu");
}
