import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { keyOf, newSecret, secretFault } from "../../../../shared/webhook/secret.ts";

const secretOf = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString("base64")}`;

describe("a new secret of webhooks", () => {
  it("is whsec_ and 32 random bytes, others each time", () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    assert.equal(new Set(secrets).size, 100);
    for (const secret of secrets) {
      assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
      assert.equal(keyOf(secret).length, 32);
      assert.equal(secretFault(secret), undefined);
    }
  });
});

describe("a secret that somebody brings along", () => {
  it("is right with 24 to 64 bytes, whatever they are, and with no other count", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const isRight = bytes.length >= 24 && bytes.length <= 64;
        const secret = secretOf(bytes);
        assert.equal(secretFault(secret) === undefined, isRight);
        if (isRight) assert.deepEqual(keyOf(secret), Buffer.from(bytes));
      }),
    );
  });

  const whole = secretOf(new Uint8Array(32).fill(251));
  const wrong: readonly (readonly [text: string, fault: RegExp])[] = [
    ["", /must begin with whsec_/],
    [whole.slice("whsec_".length), /must begin with whsec_/],
    [whole.toUpperCase(), /must begin with whsec_/],
    [`whsk_${whole.slice("whsec_".length)}`, /must begin with whsec_/],
    ["whsec_", /24 to 64 bytes; this one has 0/],
    [whole.slice(0, -1), /not base64 with its padding/],
    [`${whole}\n`, /not base64 with its padding/],
    [whole.replaceAll("+", "-"), /not base64 with its padding/],
    [`whsec_ ${whole.slice("whsec_".length)}`, /not base64 with its padding/],
  ];
  it("is refused in any other form, without being told again", () => {
    for (const [text, fault] of wrong) {
      const told = secretFault(text) ?? "";
      assert.match(told, fault, text);
      if (text.length > 10) assert.ok(!told.includes(text.slice(6, 20)));
    }
  });
});
