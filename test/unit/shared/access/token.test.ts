import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { scopes, TENANT_PATTERN } from "../../../../shared/access/key.ts";
import { fieldsOf, keyOf } from "../../../../shared/access/key.ts";
import {
  formatToken,
  hashSecret,
  hasSecret,
  newSecret,
  parseToken,
} from "../../../../shared/access/token.ts";
import { anyKey } from "../../../support/keys.ts";

describe("a token", () => {
  it("is read back as it was written", () => {
    const token = { keyId: anyKey().id, secret: newSecret() };
    assert.deepEqual(parseToken(formatToken(token)), token);
    assert.match(formatToken(token), /^\w{94}$/);
  });

  it("holds 32 random bytes, others each time", () => {
    assert.match(newSecret(), /^[0-9a-f]{64}$/);
    assert.equal(new Set(Array.from({ length: 100 }, newSecret)).size, 100);
  });

  it("of any other form is none", () => {
    const text = formatToken({ keyId: anyKey().id, secret: newSecret() });
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom("", " ", "_", "é", "\n", "0a"),
        (at, by) => {
          fc.pre(text[at] !== by);
          assert.equal(parseToken(text.slice(0, at) + by + text.slice(at + 1)), undefined);
        },
      ),
    );
    for (const other of ["", "sk__", ` ${text}`, `${text}\n`, text.toUpperCase(), text.repeat(2)]) {
      assert.equal(parseToken(other), undefined);
    }
  });
});

describe("a secret", () => {
  it("is kept as its SHA-256", () => {
    const secret = newSecret();
    assert.deepEqual(hashSecret(secret), createHash("sha256").update(secret).digest());
  });

  it("is the key's when it is one of its two", () => {
    const key = anyKey();
    assert.deepEqual(
      ["one", "two", "three", "", "on"].map((secret) => hasSecret(key, secret)),
      [true, true, false, false, false],
    );
  });
});

describe("the record of a key", () => {
  it("is read back as it was written", () => {
    const keys = [
      anyKey(),
      anyKey({
        name: "a b, ü",
        tenant: "shop",
        scopes,
        models: ["wine", "faq-javascript@1"],
        ceiling: "bulk",
        expiresAtMs: 5000,
      }),
    ];
    for (const key of keys) {
      const flat = fieldsOf(key);
      const fields = flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : []));
      assert.deepEqual(keyOf(key.id, Object.fromEntries(fields)), key);
    }
  });
});

describe("the name of a tenant", () => {
  it("is lower-case, and begins and ends with a letter or a digit", () => {
    for (const name of ["a", "0", "shop", "a-b_c", "x".repeat(63)])
      assert.match(name, TENANT_PATTERN);
    for (const name of ["", "A", "-a", "a-", "_", "a b", "a\n", "ä", "a:b", "x".repeat(64)]) {
      assert.doesNotMatch(name, TENANT_PATTERN);
    }
  });
});
