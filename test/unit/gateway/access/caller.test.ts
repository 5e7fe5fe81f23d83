import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ANYBODY, demandScope } from "../../../../gateway/access/caller.ts";
import { scopes, type RequiredScope, type Scope } from "../../../../shared/access/key.ts";

const has = (given: readonly Scope[], asked: RequiredScope): boolean => {
  try {
    demandScope({ ...ANYBODY, scopes: given }, asked);
    return true;
  } catch {
    return false;
  }
};

describe("the scopes of a caller", () => {
  it("of an admin are all but operator, and of an operator that alone", () => {
    const others = scopes.filter((scope) => scope !== "operator");
    for (const scope of ["any", ...others] as const) assert.ok(has(["admin"], scope), scope);
    assert.ok(!has(["admin"], "operator"));
    for (const scope of others) assert.ok(!has(["operator"], scope), scope);
    assert.ok(has(["operator"], "operator") && has(["operator"], "any"));
  });

  it("are all there are where no key is asked for", () => {
    for (const scope of scopes) assert.ok(has(ANYBODY.scopes, scope), scope);
  });
});
