import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { messageOf } from "../../../shared/message-of.ts";
import { CommandError, UsageError } from "../../terminal/command.ts";
import { jsonOf } from "../../terminal/json.ts";
import { exportCommand } from "./export-command.ts";
import { configSchema, type HubConfig } from "./hub-files.ts";

/** A model's folder as Hugging Face lays it out, with a graph of it. */
export interface HubFolder {
  readonly path: string;
  readonly config: HubConfig;
  /** The file that is served. */
  readonly graph: string;
  /**
   * A file of JSON in it, by its path there.
   *
   * @returns undefined where there is none @throws {CommandError} when it is not what it must be
   */
  json<T>(file: string, schema: z.ZodType<T>): T | undefined;
  /** A file as it is. @throws {CommandError} when it is not there */
  text(file: string): string;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * @param said which of its graphs to take; by default, `onnx/model.onnx` or the only one
 * @throws {CommandError} when it is no such folder, or has no graph: with the command that makes one
 */
export function readHubFolder(path: string, said: string | undefined): HubFolder {
  const files = {
    json: <T>(file: string, schema: z.ZodType<T>) => readJson(join(path, file), schema),
    text: (file: string) => readText(join(path, file)),
  };
  const config = files.json("config.json", configSchema);
  if (config === undefined) {
    throw new CommandError(
      `${path} has no config.json: it is not the folder of a Hugging Face model.
To add an ONNX file alone, give its path.`,
    );
  }
  return { path, config, graph: graphOf(path, config, said), ...files };
}

function graphOf(path: string, config: HubConfig, said: string | undefined): string {
  const graphs = ["onnx", "."].flatMap((folder) => graphsIn(path, folder));
  if (graphs.length === 0) {
    throw new CommandError(
      `${path} has no ONNX file: no onnx/*.onnx, and no *.onnx beside config.json.
Export it, and add it again:
  ${exportCommand(path, config)}`,
    );
  }
  const known = graphs.join(", ");
  if (said !== undefined) {
    if (graphs.includes(said)) return join(path, said);
    throw new UsageError(`--graph ${said}: is not there. There is: ${known}`);
  }
  const usual = ["onnx/model.onnx", "model.onnx"].find((name) => graphs.includes(name));
  const [only = "", ...others] = graphs;
  if (usual !== undefined || others.length === 0) return join(path, usual ?? only);
  throw new UsageError(`--graph is missing: which of the graphs is it? There is: ${known}`);
}

function graphsIn(path: string, folder: string): readonly string[] {
  const inside = join(path, folder);
  if (!isFolder(inside)) return [];
  const names = readdirSync(inside).filter((name) => name.endsWith(".onnx"));
  return names.toSorted().map((name) => (folder === "." ? name : `${folder}/${name}`));
}

/** How to come by files that are missing. */
const WAYS: Readonly<Record<string, string>> = {
  "tokenizer.json": `Save the fast tokenizer beside the model:
  AutoTokenizer.from_pretrained(FOLDER, use_fast=True).save_pretrained(FOLDER)`,
};

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (existsSync(path)) {
      throw new CommandError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
    }
    throw new CommandError(`${path} is not there. ${WAYS[basename(path)] ?? ""}`.trimEnd());
  }
}

function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = schema.safeParse(jsonOf(readText(path), path));
  if (parsed.success) return parsed.data;
  throw new CommandError(`${path} is not as it should be\n${z.prettifyError(parsed.error)}`);
}
