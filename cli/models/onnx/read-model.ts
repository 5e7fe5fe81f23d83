import { readFile } from "node:fs/promises";
import { CommandError } from "../../terminal/command.ts";
import type { OnnxModel } from "./graph.ts";
import { modelProto } from "./messages.ts";

/**
 * Reads the graph of an ONNX file. The file is read once; weights stay undecoded views into it,
 * and external data is not opened.
 *
 * @throws {CommandError} when there is no such file, or it is no ONNX model or a damaged one; the
 *   message names the file and, for kinds of file that are often mistaken for one, what it is
 */
export async function readModel(path: string): Promise<OnnxModel> {
  const bytes = await readBytes(path);
  const mistaken = mistakenFor(bytes);
  if (mistaken !== null) throw new CommandError(`${path} is not an ONNX file: ${mistaken}`);
  return modelOf(bytes, path);
}

/**
 * The graph of a file's bytes.
 *
 * @throws {CommandError} naming the path, when they are no ONNX model
 */
export function modelOf(bytes: Uint8Array, path: string): OnnxModel {
  const model = decode(bytes, path);
  if (model === null) throw notOnnx(path);
  return { path, ...model };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new CommandError(`${path} cannot be read: ${READ_FAULTS[code] ?? code}`, {
      cause: error,
    });
  }
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  ERR_FS_FILE_TOO_LARGE: "it is larger than the 2 GiB that an ONNX file may have",
};

function decode(bytes: Uint8Array, path: string): Omit<OnnxModel, "path"> | null {
  try {
    return modelProto(bytes);
  } catch (error) {
    throw notOnnx(path, error);
  }
}

function notOnnx(path: string, cause?: unknown): CommandError {
  return new CommandError(`${path} is not an ONNX model, or is damaged or truncated`, { cause });
}

/** What a file that is no ONNX model is, by its first bytes. */
function mistakenFor(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  if (bytes.length === 0) return "it is empty";
  if (start.startsWith("version https://")) return "a Git LFS pointer; run: git lfs pull";
  if (start.startsWith("PK\u0003\u0004")) {
    return "a zip file, as torch.save and Keras write; export it to ONNX first";
  }
  if (start.startsWith("\u0080")) return "a Python pickle; export it to ONNX first";
  if (start.startsWith("\u0089HDF"))
    return "an HDF5 file, as Keras writes; export it to ONNX first";
  if (start.slice(4, 8) === "TFL3") return "a TensorFlow Lite file";
  if (start.slice(4, 8) === "ORTM") return "in onnxruntime's own format; use the .onnx file";
  return start.trimStart().startsWith("<") ? "a page of HTML or XML" : null;
}
