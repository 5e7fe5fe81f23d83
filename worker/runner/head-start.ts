import type { Manifest } from "../../shared/model/manifest.ts";
import { readRegistry } from "../../shared/model/registry.ts";
import { namedOf, namesIn, wantsPreload } from "../../shared/model/wanted-versions.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Loads what the worker will ask for first, while that still imports its own code: a worker that starts
 * beside a queue scores sooner by what a load takes. Whatever goes wrong here goes wrong again when the
 * worker asks, and is told then; so this never rejects.
 *
 * @param given how the process was called: the folder of models, and what `WORKER_MODELS` says, if it is
 *   set; nothing where the worker is to decide first
 */
export async function takeHeadStart(
  sessions: Sessions,
  [folder, names]: readonly string[],
): Promise<void> {
  if (folder === undefined) return;
  try {
    const { versions } = readRegistry(folder).registry;
    const wanted = namedOf(versions, names === undefined ? undefined : namesIn(names));
    for (const version of wanted.filter(wantsPreload)) {
      if (runsHere(version.manifest)) await sessions.load(version.folder, version.edition);
    }
  } catch {
    // No folder of models: the worker says so, and ends.
  }
}

/** On the CPU, which needs no proof. */
function runsHere({ execution_providers: providers }: Manifest): boolean {
  return providers.includes("cpu");
}
