import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Manifest } from "../../../shared/model/manifest.ts";
import { pipelineOf } from "../../../shared/model/pipelines.ts";
import { contractOf } from "../../../shared/model/schema.ts";
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

const IMAGES: Readonly<Record<string, string>> = {
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
