import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { type Manifest, contractOf } from "../../../shared/model/manifest.ts";
import { pipelineOf } from "../../../shared/model/pipelines.ts";
import { UsageError } from "../../terminal/command.ts";
import { readJson } from "./lists.ts";
import { messageOf } from "../../../shared/message-of.ts";

/** An input to try a version with, as it is in a file of the version's folder. */
export interface Example {
  readonly file: string;
  readonly mediaType: string;
  readonly content: Buffer;
  /** What JSON says; undefined for a file that is sent as it is. */
  readonly json: { readonly input: unknown } | undefined;
}

/** A folder that people read is no place for longer JSON. */
const JSON_BYTES_MAX = 4_000_000;
/** Longer JSON goes without line breaks: nobody reads the numbers of a tensor one by one. */
const INDENTED_MAX = 4000;

/** Media types of images, by the ends of their names. */
export const IMAGES: Readonly<Record<string, string>> = {
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
};

/** Whether an example goes into the version's folder: tensors of many megabytes do not. */
export function isWritten({ json, content }: Example): boolean {
  return json === undefined || content.length <= JSON_BYTES_MAX;
}

/** As it stands in a file. */
export function jsonText(value: unknown): string {
  const line = JSON.stringify(value);
  return `${line.length > INDENTED_MAX ? line : JSON.stringify(value, null, 2)}\n`;
}

/**
 * An input of the person's own.
 *
 * @param path .json as `scoreline score` takes it, or a file that the model takes: an image, a text
 * @throws {UsageError} when it is neither, or cannot be read
 */
export function givenExample(path: string, manifest: Manifest): Example {
  const { media } = contractOf(manifest);
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return jsonExample(readJson(path, "example"));
  const mediaType = IMAGES[extension];
  if (mediaType !== undefined && media.includes(mediaType)) {
    return { file: `example${extension}`, mediaType, content: read(path), json: undefined };
  }
  if (extension === ".txt" && media.includes("text/plain")) {
    return jsonExample({ text: read(path).toString().trimEnd() });
  }
  const { type } = manifest.pipeline;
  throw new UsageError(`--example ${path}: ${type} does not take this kind of file; see --help`);
}

/** An input that is made up: a record of zeros, a text, the photograph at `photo`. */
export function madeUpExample(manifest: Manifest, photo: string): Example {
  const { pipeline } = manifest;
  return contractOf(manifest).media.includes("image/jpeg")
    ? photoExample("example.jpg", photo)
    : jsonExample(pipelineOf(pipeline).example?.(pipeline, manifest));
}

function jsonExample(input: unknown): Example {
  const content = Buffer.from(jsonText(input));
  return { file: "example.json", mediaType: "application/json", content, json: { input } };
}

function photoExample(file: string, path: string): Example {
  return { file, mediaType: "image/jpeg", content: readFileSync(path), json: undefined };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`--example ${path}: ${messageOf(error)}`);
  }
}

/**
 * Another input like an example, of the same shape and not the same values: with one alone, or with
 * twins, nothing would show that rows change each other. Of what may be missing, some is.
 *
 * @param photos a folder with `cat.jpg` and `tripod.jpg`
 * @returns null when what was made up is no input of the model
 */
export function companionOf(example: Example, manifest: Manifest, photos: string): Example | null {
  if (example.json === undefined) {
    const made = ["cat.jpg", "tripod.jpg"].map((name) =>
      photoExample("example-2.jpg", join(photos, name)),
    );
    return made.find(({ content }) => !content.equals(example.content)) ?? null;
  }
  const input = varied(example.json.input, manifest);
  const isInput = contractOf(manifest).input.safeParse(input).success;
  return isInput ? jsonExample(input) : null;
}

function varied(input: unknown, { pipeline }: Manifest): unknown {
  if (pipeline.type !== "tabular" || typeof input !== "object" || input === null) {
    return other(input, 0);
  }
  const known = new Map(pipeline.columns.map(({ name, values = [] }) => [name, values]));
  const missing = pipeline.columns.filter((it) => it.missing !== undefined);
  // Every second one, so that the others still show whether rows change each other.
  const gaps = new Set(missing.filter((_, i) => i % 2 === 0).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(input).map(([name, value]: [string, unknown], i) => {
      if (gaps.has(name)) return [name, null];
      const values = known.get(name) ?? [];
      const another = values.find((it) => it !== value);
      return [name, values.length > 0 ? (another ?? value) : other(value, i)];
    }),
  );
}

/** Integers become smaller, so that they stay rows of a table of embeddings. */
function other(value: unknown, index: number): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, i) => other(item, i));
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return value + 0.25 * (1 + (index % 3));
    return value > 0 ? value - 1 : 1;
  }
  if (typeof value === "string") return `${value} b`;
  if (typeof value === "boolean") return !value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [name, other(item, index)]),
  );
}
