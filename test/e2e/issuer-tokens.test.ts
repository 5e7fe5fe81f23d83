import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { SignJWT } from "jose";
import { Roles } from "../../shared/access/roles.ts";
import { bearer } from "../support/access-tokens.ts";
import { request } from "../support/client.ts";
import { AUDIENCE, OidcIssuer } from "../support/oidc-issuer.ts";
import { freePort } from "../support/redis.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const USERS = { ada: { roles: ["scorer"] } };
const SKEW_SECONDS = 30;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a token of an OpenID Connect issuer", () => {
  let issuer: OidcIssuer;
  let system: System;
  let url: string;
  before(async () => {
    issuer = await OidcIssuer.start(USERS);
    system = await System.bare({
      STRANGER_REQUESTS_PER_SECOND: "0",
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: `other, ${AUDIENCE}`,
      OIDC_ROLES: "scorer",
      OIDC_SKEW_SECONDS: String(SKEW_SECONDS),
    });
    ({ url } = await system.gateway());
    const rights = { scopes: ["jobs:write"], models: undefined, ceiling: "bulk" } as const;
    await new Roles(system.redis.client()).put("scorer", rights);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  const answerTo = async (token: string, gateway = url) =>
    request(`${gateway}/v1/models`, { headers: bearer(token) }).catch(() => undefined);
  const statusOf = async (token: string, gateway = url): Promise<number> =>
    (await fetch(`${gateway}/v1/models`, { headers: bearer(token) })).status;

  it("is refused when it is not good here", async () => {
    const roles = ["scorer"];
    const nowSeconds = Math.floor(Date.now() / 1000);
    const usual = { iss: issuer.url, aud: AUDIENCE, sub: "eve", roles, exp: nowSeconds + 600 };
    const { kid, publicPem } = issuer;
    const byHmac = `${part({ alg: "HS256", kid })}.${part(usual)}`;
    const hmac = createHmac("sha256", publicPem).update(byHmac).digest("base64url");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const byOthers = async (head: object): Promise<string> =>
      new SignJWT(usual).setProtectedHeader({ alg: "RS256", kid, ...head }).sign(privateKey);
    const [head = "", , signature = ""] = (await issuer.token("ada")).split(".");
    const bad: Record<string, string> = {
      "another audience": await issuer.sign({ roles, aud: "elsewhere" }),
      "no audience": await issuer.sign({ roles, aud: undefined }),
      expired: await issuer.sign({ roles, exp: nowSeconds - SKEW_SECONDS - 60 }),
      "not yet good": await issuer.sign({ roles, nbf: nowSeconds + SKEW_SECONDS + 60 }),
      "no end": await issuer.sign({ roles, exp: undefined }),
      "no subject": await issuer.sign({ roles, sub: undefined }),
      "another issuer": await issuer.sign({ roles, iss: "https://example.org" }),
      "our own name": await issuer.sign({ roles, iss: "scoreline", aud: "scoreline" }),
      "a key id that there is not": await issuer.sign({ roles }, { kid: "none" }),
      "another key under its id": await byOthers({}),
      "alg none": `${part({ alg: "none", kid })}.${part(usual)}.`,
      "the public key as a secret": `${byHmac}.${hmac}`,
      "other claims": `${head}.${part({ ...usual, sub: "boss" })}.${signature}`,
    };
    for (const [what, token] of Object.entries(bad)) {
      const answer = await answerTo(token);
      assert.deepEqual([answer?.status, answer?.body.code], [401, "unauthenticated"], what);
    }
    assert.equal(await statusOf(await issuer.sign({ roles })), 200);
  });

  it("is good for clocks that differ by as much as the setting says", async () => {
    const exp = Math.floor(Date.now() / 1000) - SKEW_SECONDS + 20;
    assert.equal(await statusOf(await issuer.sign({ roles: ["scorer"], exp })), 200);
  });

  it("of a key that the issuer took away is refused, and one of its new key is not", async () => {
    const old = await issuer.token("ada");
    assert.equal(await statusOf(old), 200);
    issuer.rotate();
    const fresh = await issuer.token("ada");
    await until("the new key is known", async () => (await statusOf(fresh)) === 200);
    assert.equal(await statusOf(old), 401);
  });

  it("with a key id that nobody knows does not have the issuer asked each time", async () => {
    const [asked, startMs] = [issuer.keysAsked, performance.now()];
    for (let i = 0; i < 100; i++) {
      const token = await issuer.sign({ roles: ["scorer"] }, { kid: `none-${i}` });
      assert.equal(await statusOf(token), 401);
    }
    const cooldowns = (performance.now() - startMs) / 5000;
    const times = issuer.keysAsked - asked;
    assert.ok(times <= cooldowns + 2, `${times} in ${cooldowns}`);
  });

  it("waits for an issuer that is not there yet, while keys work", async () => {
    const port = await freePort();
    const env = { OIDC_ISSUER: `http://127.0.0.1:${port}` };
    const { url: other } = await system.gateway({ env });
    assert.equal(await statusOf(system.key, other), 200);
    const late = await OidcIssuer.start(USERS, port);
    try {
      const token = await late.token("ada");
      // The read at its start has failed by now, and the next comes with a token, or has come.
      await until("it is known", async () => (await statusOf(token, other)) === 200);
    } finally {
      await late[Symbol.asyncDispose]();
    }
    assert.equal(await statusOf(system.key, other), 200);
  });
});
