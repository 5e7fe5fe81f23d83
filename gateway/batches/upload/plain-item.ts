import { CUSTOM_ID_BYTES_MAX, type RowItem } from "../../../shared/batch/items.ts";
import type { PlainRows } from "../../../shared/model/pipelines/contract.ts";
import { PlainJson, plainName } from "../../../shared/model/pipelines/plain-json.ts";
import type { CustomIds } from "./custom-ids.ts";

const [OPEN, COMMA, CLOSE] = [0x7b, 0x2c, 0x7d] as const;
const CUSTOM_ID = plainName("custom_id") ?? new Uint8Array();
const INPUT = plainName("input") ?? new Uint8Array();

/** Reads lines that hold an `input`, and at most a `custom_id` beside it, as most programs write them. */
export class PlainItems {
  readonly #rows: PlainRows;
  readonly #customIds: CustomIds;
  readonly #json = new PlainJson();

  constructor(rows: PlainRows, customIds: CustomIds) {
    this.#rows = rows;
    this.#customIds = customIds;
  }

  /** @returns undefined for a line that is anything else, or at fault: `readItem` tells */
  read(line: Uint8Array): RowItem | undefined {
    const json = this.#json;
    json.open(line);
    let id: Uint8Array | undefined;
    let row: Buffer | undefined;
    for (let members = 0; members < 2; members += 1) {
      if (!json.take(members === 0 ? OPEN : COMMA)) break;
      if (id === undefined && json.takeName(CUSTOM_ID)) {
        id = json.string();
        if (id === undefined) return undefined;
      } else if (row === undefined && json.takeName(INPUT)) {
        row = this.#rows.read(json);
        if (row === undefined) return undefined;
      } else return undefined;
    }
    if (row === undefined || !json.take(CLOSE) || !json.isOver) return undefined;
    if (id === undefined) return { customId: undefined, parameters: undefined, row };
    if (id.length === 0 || id.length > CUSTOM_ID_BYTES_MAX || !this.#customIds.add(id)) {
      return undefined;
    }
    const { buffer, byteOffset, length } = id;
    const customId = Buffer.from(buffer, byteOffset, length).toString("latin1");
    return { customId, parameters: undefined, row };
  }
}
