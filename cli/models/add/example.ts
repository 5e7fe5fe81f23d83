import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Manifest, TensorSettings } from "../../../shared/model/manifest.ts";
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

/** Size of a dimension that varies in an example, where its range allows it. */
const VARYING_SIZE = 4;

/**
 * An input of the person's own.
 *
 * @param path .json as `scoreline score` takes it, or an image for `image-classification`
 * @throws {UsageError} when it is neither, or cannot be read
 */
export function givenExample(path: string, { pipeline }: Manifest): Example {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return json(readJson(path, "example"));
  const mediaType = IMAGES[extension];
  if (pipeline.type === "image-classification" && mediaType !== undefined) {
    return { kind: "body", file: `example${extension}`, mediaType, body: read(path) };
  }
  if (pipeline.type === "text-match" && extension === ".txt") {
    return json({ text: read(path).toString().trimEnd() });
  }
  throw new UsageError(`--example ${path}: ${pipeline.type} takes none of this kind; see --help`);
}

/**
 * An input that is made up: a record of zeros, a text, the photograph at `photo`.
 */
export function madeUpExample(manifest: Manifest, photo: string): Example {
  const { pipeline, inputs, dimensions } = manifest;
  switch (pipeline.type) {
    case "image-classification":
      return {
        kind: "body",
        file: "example.jpg",
        mediaType: "image/jpeg",
        body: readFileSync(photo),
      };
    case "text-match":
    case "script":
      return json({ text: "hello" });
    case "tabular":
      return json(
        Object.fromEntries(
          pipeline.columns.map(({ name, type, values }) => [name, values?.[0] ?? PLAIN[type]]),
        ),
      );
    case "tensor":
      return json(
        Object.fromEntries(inputs.map((input) => [input.name, elements(input, dimensions)])),
      );
  }
}

const PLAIN = { number: 1.5, integer: 1, string: "a", boolean: false };

function json(input: unknown): Example {
  return { kind: "json", file: "example.json", mediaType: "application/json", input };
}

/** Nested lists of one value. Integers are 0, which is a row of every table of embeddings. */
function elements({ dtype, shape }: TensorSettings, ranges: Manifest["dimensions"]): unknown {
  const [, ...dims] = shape;
  const integer = dtype.startsWith("float") ? 0.5 : 0;
  const value = { string: "a", bool: false }[dtype as string] ?? integer;
  return dims.reduceRight<unknown>((inner, dim) => {
    const length = typeof dim === "number" ? dim : usualSize(ranges[dim]);
    return Array.from({ length }, () => inner);
  }, value);
}

function usualSize({
  min = 1,
  max = Infinity,
}: Partial<Manifest["dimensions"][string]> = {}): number {
  return Math.min(Math.max(VARYING_SIZE, min), max);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`--example ${path}: ${messageOf(error)}`);
  }
}
