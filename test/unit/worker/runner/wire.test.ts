import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  decodeFrame,
  encodeFrame,
  frameSplitter,
  type Frame,
} from "../../../../worker/runner/wire.ts";

const part = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const frame = fc.record({ head: fc.dictionary(fc.string(), fc.integer()), parts: fc.array(part) });

describe("wire", () => {
  it("gives back every frame, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 50 })), (frames, cuts) => {
        const received: Frame<unknown>[] = [];
        const split = frameSplitter((body) => received.push(decodeFrame(body)));
        let bytes = Buffer.concat(frames.flatMap(({ head, parts }) => encodeFrame(head, parts)));
        for (let i = 0; bytes.length > 0; i++) {
          const size = cuts.length > 0 ? (cuts[i % cuts.length] ?? 1) : bytes.length;
          split(bytes.subarray(0, size));
          bytes = bytes.subarray(size);
        }
        assert.deepEqual(
          received.map(({ head, parts }) => ({ head: { ...Object(head) }, parts })),
          frames.map(({ head, parts }) => ({ head: { ...head }, parts })),
        );
      }),
    );
  });

  it("refuses a frame of absurd length", () => {
    const split = frameSplitter(() => {});
    assert.throws(() => split(Buffer.from([255, 255, 255, 255])), RangeError);
  });
});
