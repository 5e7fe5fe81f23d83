import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { IMAGES } from "../models/add/example.ts";
import { CommandError, UsageError } from "../terminal/command.ts";

/** What a job is created with. */
export interface JobInput {
  /** Where it is from, for messages. */
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer> | string;
  /** Parameters of a body that has no room for them, as the end of the URL. */
  readonly query?: string;
}

/**
 * The same with parameters for the model.
 *
 * @param pairs as they were typed, `top_k=1` @param parameters what they say
 */
export function withParameters(
  input: JobInput,
  pairs: readonly string[],
  parameters: Readonly<Record<string, unknown>>,
): JobInput {
  if (pairs.length === 0) return input;
  if (input.type === "application/json" && typeof input.body === "string") {
    const body = `${input.body.slice(0, -1)},"parameters":${JSON.stringify(parameters)}}`;
    return { ...input, body };
  }
  const query = new URLSearchParams(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
  return { ...input, query: `?${query.toString()}` };
}

/**
 * An image, a text or JSON by the end of a file's name; what is no file is a text.
 *
 * @throws {CommandError} when it looks like a file, and there is none, or it holds no JSON
 * @throws {UsageError} for another kind of file
 */
export function readJobInput(what: string): JobInput {
  const extension = extname(what).toLowerCase();
  const image = IMAGES[extension];
  if (!existsSync(what)) {
    if (image === undefined && !/^[./]\S*$|^\S+\.(?:json|txt)$/.test(what)) {
      return { name: what, type: "text/plain", body: what };
    }
    throw new CommandError(`there is no file ${what}`);
  }
  if (image !== undefined) return imageInput(what, image);
  switch (extension) {
    case ".txt":
      return { name: what, type: "text/plain", body: readFileSync(what, "utf8").trimEnd() };
    case ".json":
      return { name: what, type: "application/json", body: `{"input":${jsonText(what)}}` };
    default:
      throw new UsageError(
        `${what} is a file, but not .jpg, .png, .webp, .txt or .json; see: scoreline score --help`,
      );
  }
}

/** @param type its media type, when its name does not tell */
export function imageInput(path: string, type = IMAGES[extname(path).toLowerCase()]): JobInput {
  const body = new Uint8Array(readFileSync(path));
  return { name: path, type: type ?? "application/octet-stream", body };
}

/** A person has sent a file or a text, and no media type. */
export function wrongInput(model: string, type: string): string {
  const sent = type.startsWith("image/") ? "images" : "texts";
  return `${model} takes no ${sent}. Its input as a .json file always works; npx scoreline models add leaves an example.json beside the manifest`;
}

/** As it stands, so that integers beyond 2^53 stay what they are. */
function jsonText(path: string): string {
  const text = readFileSync(path, "utf8");
  try {
    JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${path} is not JSON: ${String(error)}`, { cause: error });
  }
  return text;
}
