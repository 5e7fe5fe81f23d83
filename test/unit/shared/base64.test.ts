import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fromBase64 } from "../../../shared/base64.ts";

const MEBIBYTE = 1024 * 1024;

describe("base64", () => {
  it("is read whatever its letters, with padding or without, behind what stands before it", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, before) => {
        for (const form of ["base64", "base64url"] as const) {
          const text = Buffer.from(bytes).toString(form);
          for (const one of [text, text.replaceAll("=", "")]) {
            assert.deepEqual(fromBase64(before + one, before.length), Buffer.from(bytes));
          }
        }
      }),
    );
  });

  it("may have line breaks anywhere where it is folded, and else nowhere", () => {
    const folded = "aGVs\r\nbG8\n=\n";
    assert.equal(fromBase64(folded, 0, "folded")?.toString(), "hello");
    assert.equal(fromBase64(folded), undefined);
  });

  it("is refused with a letter that is none, anywhere", () => {
    for (const text of ["%", "aG%s", "aGVs%", "aGVs===", "=aGVs", "aGVs bG8=", "äGVs", "aG=s"]) {
      assert.equal(fromBase64(text, 0, "folded"), undefined, text);
    }
  });

  it("of many megabytes is read, and its last letter too", () => {
    const text = "A".repeat(20 * MEBIBYTE);
    assert.equal(fromBase64(text)?.length, 15 * MEBIBYTE);
    assert.equal(fromBase64(`${text}%`), undefined);
  });
});
