import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowsOfChunk } from "../../../../shared/batch/chunk-size.ts";

describe("the most items of a chunk", () => {
  it("are some tensor batches before anything was measured", () => {
    assert.equal(rowsOfChunk({ rowMs: undefined, rowBytes: undefined }, 64), 256);
    assert.equal(rowsOfChunk({ rowMs: undefined, rowBytes: undefined }, 512), 1024);
  });

  it("are what runs in half a second, and 1,024", () => {
    assert.equal(rowsOfChunk({ rowMs: 5, rowBytes: 100 }, 8), 100);
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 100 }, 8), 1024);
    assert.equal(rowsOfChunk({ rowMs: 0, rowBytes: 100 }, 8), 1024);
  });

  it("are fewer when their lines are long", () => {
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 4096 }, 8), 256);
  });

  it("are those of a tensor batch at least", () => {
    assert.equal(rowsOfChunk({ rowMs: 2000, rowBytes: 1_000_000 }, 8), 8);
    assert.equal(rowsOfChunk({ rowMs: 0.1, rowBytes: 100 }, 2048), 2048);
  });
});
