import { join } from "node:path";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { slowestRowsPerSecond, type Plan } from "../deploy/plan.ts";
import { changesOf, filesOf, streamOf, writeFiles } from "../deploy/files.ts";
import { textOf } from "../deploy/options.ts";
import { workersOf, type Workers } from "../deploy/workers.ts";
import { show } from "../terminal/show.ts";
import { UsageError, type Command } from "../terminal/command.ts";
import { MODELS_DIR, readModels } from "../models/models-folder.ts";
import { CODE_ROOT } from "../../shared/installed.ts";

/** `deploy render`: a model's workers for a cluster, from its manifest. */
export const deployRender: Command = {
  name: "deploy render",
  usage: "MODEL[@VERSION]",
  summary: "Writes a model's own workers for Kubernetes and KEDA.",
  about: `Gives one model version workers of its own, scaled by KEDA from --min-replicas
to --max-replicas, as objects for kustomize. Without --out they go to stdout.
They need the rest of k8s/: its namespace, service account, network policies and
Secrets, and keda/redis.yaml.

KEDA adds a replica when more jobs are outstanding than one can do in the target
wait: rows per second of a slot x slots x wait. Measure the rate with "scoreline
models check MODEL" on such a node; without --rows-per-second it is that of the
slowest model that models check passes. The time to stop is the manifest's
run_timeout_ms plus 10 s. docs/scaling.md has the arithmetic.`,
  options: {
    "--out DIR": "write files there instead of printing",
    "--diff DIR": "show what would change there; exit code 1 if anything",
    "--pool cpu|gpu":
      "what to run on; default: what execution_providers of the manifest names first",
    "--rows-per-second N": "measured, of one slot at max_batch_size",
    "--target-wait-ms N": "target wait of interactive jobs; default: 1000",
    "--bulk-target-wait-ms N": "target wait of bulk jobs; default: 60000",
    "--slots N":
      "cores of a CPU worker, one runner each; default: 2. A GPU worker has one GPU and one slot",
    "--min-replicas N": "default: 0, none while there is no work",
    "--max-replicas N": "default: 10, or 4 of a GPU",
    "--memory-mib N": "at least so much for a worker; default: what the model's file needs",
    "--gpu-resource NAME":
      "a GPU as its device plugin calls it: amd.com/gpu, gpu.intel.com/i915; default: nvidia.com/gpu",
    "--image IMAGE": "with its tag; default: scoreline, scoreline-vulkan or scoreline-gpu",
    "--namespace NAME": "written into the objects; else your overlay sets it",
    "--json": "a List of the objects; with --out the files written, with --diff the lines",
    MODELS_DIR,
  },
  examples: [
    "deploy render wine --rows-per-second 1000",
    "deploy render resnet152 --out k8s/models/resnet152",
    "deploy render wine --rows-per-second 1000 --diff k8s/models/wine",
  ],
  async run(given, shell) {
    const { words, flags } = given;
    const [out, diff] = [textOf(flags, "out"), textOf(flags, "diff")];
    if (out !== undefined && diff !== undefined) throw new UsageError("--out or --diff, not both");
    const version = readModels(shell).resolve(words[0] ?? "");
    const workers = workersOf(version, flags, CODE_ROOT);
    const result = rendered(workers, { out, diff });
    show(result.value, result.lines, given, shell);
    if (diff !== undefined) return Promise.resolve(result.lines.length === 0 ? 0 : 1);
    shell.notes.write(`${noteOf(workers.plan)}\n`);
    if (flags["rows-per-second"] === undefined) shell.notes.write(`${rateNote(version)}\n`);
    return Promise.resolve(0);
  },
};

interface Target {
  readonly out: string | undefined;
  readonly diff: string | undefined;
}

/** What was asked for, for a program and for a person. */
function rendered(
  { objects, command }: Workers,
  { out, diff }: Target,
): { readonly value: unknown; readonly lines: readonly string[] } {
  const files = filesOf(objects, command);
  if (diff !== undefined) {
    const lines = changesOf(files, diff);
    return { value: lines, lines };
  }
  if (out === undefined) {
    const items = objects.map(({ object }) => object);
    const value = { apiVersion: "v1", kind: "List", items };
    return { value, lines: [streamOf(objects, command)] };
  }
  writeFiles(files, out);
  const lines = files.map(({ name }) => join(out, name));
  return { value: lines, lines };
}

function rateNote({ id, manifest: { batching, run_timeout_ms: timeoutMs } }: ModelVersion): string {
  const rate = slowestRowsPerSecond(batching.max_batch_size, timeoutMs).toPrecision(2);
  return `assumed ${rate} rows/s of a slot; measure it: scoreline models check ${id}`;
}

function noteOf({ name, targets, memoryMib, minReplicas, maxReplicas }: Plan): string {
  const { interactive, bulk } = targets;
  return `${name}: ${minReplicas} to ${maxReplicas} replicas of ${memoryMib} MiB, another one for every ${interactive}
interactive or ${bulk} bulk jobs outstanding`;
}
