import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { GatheredBytes } from "../../../../gateway/http/gathered-bytes.ts";

describe("gathered bytes", () => {
  it("are the pieces in their order, and what was taken is not changed by what comes next", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { minLength: 1 }), (pieces) => {
        const gathered = new GatheredBytes();
        for (const piece of pieces) gathered.add(piece);
        assert.equal(
          gathered.length,
          pieces.reduce((sum, { length }) => sum + length, 0),
        );
        const taken = gathered.take();
        gathered.add(Buffer.from("others"));
        assert.deepEqual(taken, Buffer.concat(pieces));
        assert.equal(gathered.take().toString(), "others");
      }),
    );
  });

  it("that come one by one take as much as they are", () => {
    const gathered = new GatheredBytes();
    for (let i = 0; i < 1_000_000; i++) gathered.add(Uint8Array.of(i));
    assert.equal(gathered.length, 1_000_000);
    assert.ok(gathered.take().buffer.byteLength <= 2 * 1_000_000 + 65_536);
  });
});
