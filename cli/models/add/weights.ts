import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileName } from "../../../shared/model/pipelines/members.ts";
import type { ModelFile } from "../../../shared/model/manifest.ts";
import { CommandError } from "../../terminal/command.ts";
import { externalFiles } from "../onnx/external-files.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { sha256OfFile } from "../sha256.ts";

/** What the graph is called in a version's folder. */
export const GRAPH_FILE = "model.onnx";

/** Names that a version's folder has for other things. */
const TAKEN = new Set([GRAPH_FILE, "manifest.json", "golden.json", "card.md", "archived"]);

/**
 * Files beside a graph that hold weights of it. A graph knows them by name, so they keep it.
 *
 * @returns their names, which are paths beside the graph as well
 * @throws {CommandError} when one is missing, or has a name that cannot stand in a version's folder
 */
export function weightsBeside(model: OnnxModel): readonly string[] {
  const names = [...externalFiles(model).keys()];
  const folder = dirname(model.path);
  const missing = names.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) {
    throw new CommandError(
      `${model.path} cannot be served: weights are in ${shown(missing)},
which is not beside it. Put the file there, or export the graph in one piece:
  torch.onnx.export(..., external_data=False)`,
    );
  }
  const odd = names.filter((name) => !fileName.safeParse(name).success || TAKEN.has(name));
  if (odd.length === 0) return names;
  throw new CommandError(
    `${model.path} cannot be served: weights are in ${shown(odd)},
and a version has all its files in one folder, with plain names. Save it anew:
  onnx.save(onnx.load("${basename(model.path)}"), "whole.onnx",
    save_as_external_data=True, location="whole.onnx.data")`,
  );
}

/** The files as a manifest lists them. */
export async function weightFiles(
  { path }: OnnxModel,
  names: readonly string[],
): Promise<ModelFile[]> {
  const files: ModelFile[] = [];
  for (const name of names) {
    const file = join(dirname(path), name);
    const { size } = await stat(file);
    files.push({ path: name, bytes: size, sha256: await sha256OfFile(file) });
  }
  return files;
}

function shown(names: readonly string[]): string {
  return names.slice(0, 3).join(", ");
}
