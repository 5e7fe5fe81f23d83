import type { BatchItem } from "../../../shared/batch/items.ts";
import { ScoringError } from "../../../shared/error.ts";
import { badItem, claim, customIdOf, itemSchema, type ItemReader } from "./item.ts";
import { parseWith } from "../../http/parse-json.ts";

export interface NamedFile {
  readonly name: string | undefined;
  /** @throws {ScoringError} when it cannot be had */
  readonly bytes: () => Buffer;
}

/** A file as an item that is known by the file's name. @throws {ScoringError} naming the file */
export function fileItem({ name, bytes }: NamedFile, reader: ItemReader): BatchItem {
  try {
    const customId = parseWith(itemSchema.shape.custom_id, name, "/custom_id") ?? undefined;
    const row = reader.contract.rowOfBody(bytes());
    claim(customId, reader.customIds, "");
    return { customId, parameters: undefined, row };
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    const named = inFile(error, name);
    if (!reader.isLenient) throw named;
    return badItem(named, customIdOf({ custom_id: name }));
  }
}

/** The same error, and in which file it was found. */
export function inFile(error: ScoringError, name = ""): ScoringError {
  const { code, message, members, cause } = error;
  const file = name.slice(0, 600);
  return new ScoringError(code, `File "${file}": ${message}`, {
    members: { ...members, file },
    cause,
  });
}
