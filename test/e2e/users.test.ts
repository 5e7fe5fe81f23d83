import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { asksNothing, bearer } from "../support/access-tokens.ts";
import { ask, request } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { AUDIENCE, OidcIssuer } from "../support/oidc-issuer.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const USERS = {
  ada: { tenant: "shop", roles: ["scorer", "staff"] },
  bob: { tenant: "shop", roles: ["scorer"], models: ["wine"] },
  boss: { tenant: "office", roles: ["scorer", "Scoreline Bosses"] },
  guest: { tenant: "shop", roles: ["staff"] },
  nobody: { roles: ["scorer"] },
};

const modelsSchema = z.object({ data: z.array(z.looseObject({ name: z.string() })) });

describe("users of an OpenID Connect issuer", () => {
  let issuer: OidcIssuer;
  let system: System;
  let url: string;
  let gateway: Role;
  before(async () => {
    issuer = await OidcIssuer.start(USERS);
    system = await System.bare({
      STRANGER_REQUESTS_PER_SECOND: "0",
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_ROLES: "Scoreline Bosses=boss, scorer",
      OIDC_TENANT_CLAIM: "tenant",
      OIDC_MODELS_CLAIM: "models",
    });
    ({ url, role: gateway } = await system.gateway());
    await putRole("scorer", { scopes: ["jobs:write"], models: ["wine", "faq-javascript"] });
    await putRole("boss", { scopes: ["admin", "operator"] });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  const putRole = async (name: string, rights: object, token = system.key): Promise<void> => {
    const response = await ask(`${url}/v1/roles/${name}`, {
      method: "PUT",
      headers: bearer(token),
      body: JSON.stringify(rights),
    });
    assert.equal(response.status, 200, await response.text());
  };
  const modelsOf = async (token: string): Promise<string[]> => {
    const response = await ask(`${url}/v1/models`, { headers: bearer(token) });
    assert.equal(response.status, 200);
    return modelsSchema.parse(await response.json()).data.map(({ name }) => name);
  };
  const get = async (path: string, token: string) =>
    request(`${url}${path}`, { headers: bearer(token) });

  it("may do what the role of their claim may, and use the models that both name", async () => {
    const ada = await issuer.token("ada");
    assert.deepEqual(await modelsOf(ada), ["faq-javascript", "wine"]);
    assert.deepEqual(await modelsOf(await issuer.token("bob")), ["wine"]);
    const refused = await get("/v1/keys", ada);
    assert.deepEqual([refused.status, refused.body["scope"]], [403, "admin"]);
    assert.match(refused.body.detail ?? "", /^The user user_[0-9a-f]{26} does not have/);
    const tokens = await request(`${url}/v1/tokens`, { method: "POST", headers: bearer(ada) });
    assert.deepEqual([tokens.status, tokens.body.code], [403, "forbidden"]);
  });

  it("belong to the tenant of their claim", async () => {
    const made = await request(`${url}/v1/models/faq-javascript/jobs`, {
      method: "POST",
      headers: { ...bearer(await issuer.token("ada")), "content-type": "text/plain" },
      body: "how do i sleep",
    });
    assert.equal(made.status, 202);
    for (const [tenant, status] of [
      ["shop", 200],
      ["office", 404],
    ] as const) {
      const { tokens } = await issueKey(system.redis.client(), { tenant, scopes: ["jobs:read"] });
      assert.equal((await get(`/v1/jobs/${made.body.id}`, tokens.primary)).status, status);
    }
  });

  it("have the first role of the setting that they have, and are named in audit lines", async () => {
    const boss = await issuer.token("boss");
    await putRole("other", { scopes: ["operator"] }, boss);
    await until("the line has come", () => gateway.log.includes('"role_name":"other"'));
    assert.match(
      gateway.log,
      /"with":"user","subject":"boss","of_tenant":"office","role_name":"other"/,
    );
  });

  it("may use an endpoint that wants tokens, which a key may not", async () => {
    const variants = [{ name: "only", model: "faq-javascript@1" }];
    const made = await ask(`${url}/v1/endpoints/questions`, {
      method: "PUT",
      body: JSON.stringify({ variants, auth: "tokens" }),
    });
    assert.ok(made.ok, await made.text());
    await until("the line has come", () => gateway.log.includes('"endpoint changed"'));
    assert.match(gateway.log, /"audit":true,"by":"key_\w+".*"endpoint":"questions","before":null/);
    const statusWith = async (token: string): Promise<number> => {
      const headers = { ...bearer(token), "content-type": "text/plain" };
      const init = { method: "POST", headers, body: "how do i sleep" };
      return (await request(`${url}/v1/models/questions/jobs`, init)).status;
    };
    assert.equal(await statusWith(await issuer.token("ada")), 202);
    assert.equal(await statusWith(system.key), 403);
  });

  it("follow their role when it changes, within seconds", async () => {
    const ada = await issuer.token("ada");
    const rights = { scopes: ["jobs:write"], models: ["wine", "faq-javascript"] };
    await putRole("scorer", { ...rights, models: ["resnet152"] });
    await until("it has changed", async () => (await modelsOf(ada)).join() === "resnet152");
    await putRole("scorer", rights);
    await until("it has changed", async () => (await modelsOf(ada)).length === 2);
  });

  it("are told when their claims give them no role or tenant", async () => {
    for (const [user, claim] of [
      ["guest", "roles"],
      ["nobody", "tenant"],
    ] as const) {
      const { status, body } = await get("/v1/models", await issuer.token(user));
      assert.deepEqual([status, body.code], [403, "forbidden"]);
      assert.match(body.detail ?? "", new RegExp(`^The claim ${claim} of the token`));
    }
  });

  it("cost the issuer and Redis nothing once they were seen", async () => {
    const ada = await issuer.token("ada");
    await modelsOf(ada);
    const asked = issuer.keysAsked;
    await asksNothing(system.redis.client(), "hget", async () => modelsOf(ada));
    assert.equal(issuer.keysAsked, asked);
  });
});
