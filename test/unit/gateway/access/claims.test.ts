import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { userIn, type User } from "../../../../gateway/access/claims.ts";
import { oidcTermsOf } from "../../../../gateway/access/oidc-settings.ts";
import { gatewayConfigSchema } from "../../../../gateway/config.ts";
import { ConfigError, parseConfig } from "../../../../shared/config.ts";
import { ScoringError } from "../../../../shared/error.ts";

const ISSUER = { OIDC_ISSUER: "https://id.example.org/realm", OIDC_AUDIENCE: "scoreline" };

const read = (claims: object, settings: object): User => {
  const terms = oidcTermsOf(parseConfig(gatewayConfigSchema, { ...ISSUER, ...settings }));
  assert.ok(terms !== undefined);
  return userIn({ sub: "ada", ...claims }, terms);
};
const refusal = (settings: object): string => {
  try {
    parseConfig(gatewayConfigSchema, { ...settings });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
};

describe("claims", () => {
  it("give the first role of the setting that they name, whatever their order", () => {
    const settings = { OIDC_ROLES: "CN=Admins=admin, scorer" };
    assert.equal(read({ roles: ["scorer", "CN=Admins"] }, settings).role, "admin");
    assert.equal(read({ roles: "scorer" }, settings).role, "scorer");
    for (const roles of [undefined, [], "admin", ["admin", 7], { scorer: true }]) {
      assert.throws(() => read({ roles }, settings), ScoringError);
    }
  });

  it("give everybody a role where the setting says so", () => {
    assert.equal(read({}, { OIDC_ROLES: "admin,*=reader" }).role, "reader");
  });

  it("are found inside others, and by names with dots", () => {
    const nested = { OIDC_ROLES: "scorer", OIDC_ROLE_CLAIM: "resource_access.scoreline.roles" };
    const claims = { resource_access: { scoreline: { roles: ["scorer"] } } };
    assert.equal(read(claims, nested).role, "scorer");
    const named = { OIDC_ROLES: "scorer", OIDC_ROLE_CLAIM: "https://example.org/roles" };
    assert.equal(read({ "https://example.org/roles": "scorer" }, named).role, "scorer");
    assert.throws(() => read({ resource_access: null }, nested), ScoringError);
  });

  it("say the tenant where a claim is set, and nothing else will do then", () => {
    const settings = { OIDC_ROLES: "*=reader", OIDC_TENANT: "house" };
    assert.equal(read({ tenant: "shop" }, settings).tenant, "house");
    const claimed = { ...settings, OIDC_TENANT_CLAIM: "tenant" };
    assert.equal(read({ tenant: "shop" }, claimed).tenant, "shop");
    for (const tenant of [undefined, "", "Shop", "a:b", ["a b"]]) {
      assert.throws(() => read({ tenant }, claimed), ScoringError);
    }
  });

  it("know a user again, and none of another issuer", () => {
    const settings = { OIDC_ROLES: "*=reader" };
    const ids = [
      read({}, settings).id,
      read({ more: 1 }, settings).id,
      read({ sub: "bob" }, settings).id,
      read({}, { ...settings, OIDC_ISSUER: "https://other.example.org" }).id,
    ];
    assert.equal(ids[0], ids[1]);
    assert.equal(new Set(ids).size, 3);
  });
});

describe("the settings of an issuer", () => {
  it("are refused where one is missing, or tokens would travel in clear", () => {
    assert.match(refusal({ ...ISSUER }), /OIDC_ROLES: OIDC_ISSUER goes with it/);
    const all = { ...ISSUER, OIDC_ROLES: "scorer" };
    assert.equal(refusal(all), "");
    assert.match(refusal({ ...all, OIDC_AUDIENCE: " ," }), /OIDC_AUDIENCE/);
    assert.match(refusal({ ...all, OIDC_ISSUER: "http://id.example.org" }), /is not https/);
    assert.match(refusal({ ...all, OIDC_ROLES: "a=No!" }), /"No!" is not the name of a role/);
    assert.match(refusal({ ...all, OIDC_TENANT: "No!" }), /OIDC_TENANT: is not the name/);
  });
});
