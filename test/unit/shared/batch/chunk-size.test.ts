import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowsOfChunk } from "../../../../shared/batch/chunk-size.ts";

const bounds = (batchRows: number, maxFailed?: number) => ({
  batchRows,
  maxFailed,
  maySink: false,
});

describe("the most items of a chunk", () => {
  it("are some tensor batches before anything was measured", () => {
    assert.equal(rowsOfChunk({ rowMs: undefined, rowBytes: undefined }, bounds(64)), 256);
    assert.equal(rowsOfChunk({ rowMs: undefined, rowBytes: undefined }, bounds(512)), 1024);
  });

  it("are what runs in half a second, and 1,024", () => {
    assert.equal(rowsOfChunk({ rowMs: 5, rowBytes: 100 }, bounds(8)), 100);
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 100 }, bounds(8)), 1024);
    assert.equal(rowsOfChunk({ rowMs: 0, rowBytes: 100 }, bounds(8)), 1024);
  });

  it("are fewer when their lines are long", () => {
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 4096 }, bounds(8)), 256);
  });

  it("are those of a tensor batch at least", () => {
    assert.equal(rowsOfChunk({ rowMs: 2000, rowBytes: 1_000_000 }, bounds(8)), 8);
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 100 }, bounds(2048)), 2048);
  });

  it("are no more than may fail, so that a batch ends early soon after", () => {
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 100 }, bounds(8, 50)), 50);
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 100 }, bounds(8, 0)), 8);
  });

  it("are those of a tensor batch where results may sink: one failure keeps a chunk in Redis", () => {
    const sinking = { ...bounds(8), maySink: true };
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 100 }, sinking), 8);
  });
});
