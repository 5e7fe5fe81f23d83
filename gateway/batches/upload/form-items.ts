import type { BatchItem } from "../../../shared/batch/items.ts";
import { fault, ScoringError } from "../../../shared/error.ts";
import { ROW_BYTES_MAX } from "../../../shared/model/pipelines/contract.ts";
import { fileItem, type ItemReader } from "./item.ts";
import type { FormPart } from "../../http/form-parts.ts";

/**
 * The files of a form as items, each known by its file's name.
 *
 * @param skip how many files at its beginning the batch has already
 * @throws {ScoringError} naming the file; without the files that are let pass
 */
export async function* formItems(
  parts: AsyncIterable<FormPart>,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<readonly BatchItem[]> {
  let left = skip;
  for await (const part of parts) {
    if (part.kind === "field") throw strayField(part.name ?? "");
    const { file } = part;
    if (left > 0) left -= 1;
    else {
      const bytes = () => (file.isTooLarge ? tooLarge() : file.bytes);
      yield [fileItem({ name: file.name, bytes }, reader)];
    }
  }
}

function tooLarge(): never {
  throw new ScoringError("payload_too_large", `It is larger than ${ROW_BYTES_MAX} bytes.`);
}

function strayField(name: string): ScoringError {
  const detail =
    name === "batch"
      ? "must come before the files, and without fields of the batch in the query"
      : "is not a file; every part except `batch` needs a file name";
  return fault("unknown_field", `/${name.slice(0, 100)}`, detail);
}
