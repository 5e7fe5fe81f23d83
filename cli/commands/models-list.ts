import { modelBytes } from "../../shared/model/manifest.ts";
import type { FaultyVersion, ModelVersion, Registry } from "../../shared/model/registry.ts";
import { fileState, type FileState } from "../models/file-state.ts";
import { table, wrap } from "../terminal/table.ts";
import { show } from "../terminal/show.ts";
import { megabytes } from "../terminal/units.ts";
import type { Command } from "../terminal/command.ts";
import { MODELS_DIR, readAllModels } from "../models/models-folder.ts";

/** `models list`: what is in the models' folder, and whether each file is the right one. */
export const modelsList: Command = {
  name: "models list",
  usage: "",
  summary: "Lists the models, and whether their files are there.",
  about: `An asterisk marks the version that a bare name means. States:
  ready        the file is there, with the size and SHA-256 of its manifest
  not pulled   the file is fetched by: scoreline models pull NAME
  damaged      the file is missing or a different one
  faulty       its manifest has faults, listed below; it is not served
and "archived" beside one of them: it takes no new jobs.`,
  options: {
    "--json": "an array of objects",
    MODELS_DIR,
  },
  examples: ["models list", "models list --json"],
  async run(given, shell) {
    const { registry, faulty, faults, strayFaults } = readAllModels(shell);
    const sound = await Promise.all(
      registry.versions.map(async (version) => entryOf(version, registry)),
    );
    const entries = [...sound, ...faulty.map(faultyEntry)];
    const rows = table([HEAD, ...entries.map(rowOf)], { whole: WHOLE });
    const below = faults.flatMap((fault) => ["", ...wrap(fault)]);
    show(entries, [...rows, ...below], given, shell);
    if (given.flags["json"] !== true) return;
    for (const fault of strayFaults) shell.notes.write(`${fault}\n`);
  },
};

const HEAD = ["MODEL", "PIPELINE", "SIZE", "STATE"];

/** The name and the version; the rest is short. */
const WHOLE = [0];

interface Entry {
  readonly model: string;
  readonly is_default: boolean;
  /** Null where the manifest cannot be believed. */
  readonly pipeline: string | null;
  readonly bytes: number | null;
  readonly state: FileState | "faulty";
  readonly is_archived: boolean;
  /** Of the manifest. */
  readonly faults: readonly string[];
}

function faultyEntry({ id, faults }: FaultyVersion): Entry {
  const unknown = { is_default: false, pipeline: null, bytes: null, is_archived: false };
  return { model: id, ...unknown, state: "faulty", faults };
}

async function entryOf(version: ModelVersion, registry: Registry): Promise<Entry> {
  const { id, name, manifest } = version;
  return {
    model: id,
    is_default: registry.defaultOf(name) === version,
    pipeline: manifest.pipeline.type,
    bytes: modelBytes(manifest),
    state: await fileState(version),
    is_archived: version.isArchived,
    faults: [],
  };
}

function rowOf(entry: Entry): string[] {
  const { model, is_default: isDefault, pipeline, bytes, state, is_archived: isArchived } = entry;
  const size = bytes === null ? "" : megabytes(bytes);
  const states = isArchived ? `${state}, archived` : state;
  return [`${model}${isDefault ? " *" : ""}`, pipeline ?? "", size, states];
}
