import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Chunker } from "../../../../../gateway/batches/upload/chunker.ts";
import type { BatchItem } from "../../../../../shared/batch/items.ts";

const KIB = 1024;
const ITEM_HEAD_BYTES = 8;

function item(bytes: number): BatchItem {
  return {
    customId: undefined,
    parameters: undefined,
    row: Buffer.alloc(bytes - ITEM_HEAD_BYTES),
  };
}

/** Sizes of the chunks that so many items of one size make. */
function chunksOf(chunker: Chunker, bytes: number, count: number): readonly number[] {
  const chunks = Array.from({ length: count }, () => chunker.add(item(bytes)));
  return [...chunks, chunker.flush()].flatMap((chunk) => chunk?.items ?? []);
}

describe("a chunker", () => {
  it("gathers as many items as a chunk may have", () => {
    assert.deepEqual(chunksOf(new Chunker(8, 100), 10, 250), [100, 100, 50]);
  });

  it("ends a chunk at 256 KiB, once it fills a tensor batch", () => {
    assert.deepEqual(chunksOf(new Chunker(8, 1024), 16 * KIB, 20), [16, 4]);
    assert.deepEqual(chunksOf(new Chunker(8, 1024), 64 * KIB, 10), [8, 2]);
  });

  it("ends a chunk at 1 MiB in any case, unless one item alone has more", () => {
    assert.deepEqual(chunksOf(new Chunker(8, 1024), 300 * KIB, 4), [3, 1]);
    assert.deepEqual(chunksOf(new Chunker(8, 1024), 2048 * KIB, 2), [1, 1]);
  });
});
