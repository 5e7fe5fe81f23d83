import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { scopes } from "../../../../shared/access/key.ts";
import { covers, grants, inBoth, type Rights } from "../../../../shared/access/rights.ts";

const references = ["wine", "wine@1", "wine@2", "faq", "faq@1"];

const anyRights: fc.Arbitrary<Rights> = fc.record({
  scopes: fc.subarray([...scopes]),
  models: fc.option(fc.subarray(references), { nil: undefined }),
  ceiling: fc.constantFrom("interactive", "bulk"),
});

describe("rights that are in both", () => {
  it("allow what each of the two allows, and nothing else", () => {
    fc.assert(
      fc.property(anyRights, anyRights, (one, other) => {
        const both = inBoth(one, other);
        for (const scope of [...scopes, "any"] as const) {
          assert.equal(grants(both, scope), grants(one, scope) && grants(other, scope), scope);
        }
        for (const reference of references) {
          const isCovered = covers(one, reference) && covers(other, reference);
          assert.equal(covers(both, reference), isCovered, reference);
        }
        const isFree = one.ceiling === "interactive" && other.ceiling === "interactive";
        assert.equal(both.ceiling, isFree ? "interactive" : "bulk");
      }),
    );
  });
});
