import { readFileSync } from "node:fs";
import { extname, basename, join } from "node:path";
import { type Manifest, contractOf } from "../../../shared/model/manifest.ts";
import { pipelineOf } from "../../../shared/model/pipelines.ts";
import { UsageError } from "../../terminal/command.ts";
import { readJson } from "./lists.ts";
import { messageOf } from "../../../shared/message-of.ts";

/** An input to try a version with, and what it is called in the version's folder. */
export type Example = JsonExample | BodyExample;

interface JsonExample {
  readonly kind: "json";
  readonly file: "example.json";
  readonly mediaType: "application/json";
  readonly input: unknown;
}

/** A file as it is sent. */
interface BodyExample {
  readonly kind: "body";
  readonly file: string;
  readonly mediaType: string;
  readonly body: Buffer;
}

/** A folder that people read is no place for longer JSON. */
const JSON_CHARACTERS_MAX = 4_000_000;
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
export function isWritten(example: Example): boolean {
  return example.kind === "body" || contentOf(example).length <= JSON_CHARACTERS_MAX;
}

/** The file's content. */
export function contentOf(example: Example): string | Buffer {
  return example.kind === "body" ? example.body : jsonText(example.input);
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
  if (extension === ".json") return json(readJson(path, "example"));
  const mediaType = IMAGES[extension];
  if (mediaType !== undefined && media.includes(mediaType)) {
    return { kind: "body", file: `example${extension}`, mediaType, body: read(path) };
  }
  if (extension === ".txt" && media.includes("text/plain")) {
    return json({ text: read(path).toString().trimEnd() });
  }
  const { type } = manifest.pipeline;
  throw new UsageError(`--example ${path}: ${type} does not take this kind of file; see --help`);
}

/** An input that is made up: a record of zeros, a text, the photograph at `photo`. */
export function madeUpExample(manifest: Manifest, photo: string): Example {
  const { pipeline } = manifest;
  if (contractOf(manifest).media.includes("image/jpeg")) {
    return {
      kind: "body",
      file: "example.jpg",
      mediaType: "image/jpeg",
      body: readFileSync(photo),
    };
  }
  return json(pipelineOf(pipeline).example?.(pipeline, manifest));
}

function json(input: unknown): Example {
  return { kind: "json", file: "example.json", mediaType: "application/json", input };
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
 * twins, nothing would show that rows change each other.
 *
 * @param photos a folder with `cat.jpg` and `tripod.jpg`
 * @returns null when what was made up is no input of the model
 */
export function companionOf(example: Example, manifest: Manifest, photos: string): Example | null {
  if (example.kind === "body") {
    const names = ["cat.jpg", "tripod.jpg"].map((name) => join(photos, name));
    const photo = names.find((path) => !readFileSync(path).equals(example.body));
    if (photo === undefined) return null;
    const file = `${basename(example.file, extname(example.file))}-2.jpg`;
    return { kind: "body", file, mediaType: "image/jpeg", body: readFileSync(photo) };
  }
  const input = varied(example.input, manifest);
  const isInput = contractOf(manifest).input.safeParse(input).success;
  return isInput ? { ...example, input } : null;
}

function varied(input: unknown, { pipeline }: Manifest): unknown {
  if (pipeline.type !== "tabular" || typeof input !== "object" || input === null) {
    return other(input, 0);
  }
  const known = new Map(pipeline.columns.map(({ name, values = [] }) => [name, values]));
  return Object.fromEntries(
    Object.entries(input).map(([name, value]: [string, unknown], i) => {
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
