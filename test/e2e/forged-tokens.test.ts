import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from "jose";
import { parseToken } from "../../shared/access/token.ts";
import { asksNothing, bearer, makeToken } from "../support/access-tokens.ts";
import { ask, request } from "../support/client.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";
import { z } from "zod";

const jwksSchema = z.looseObject({
  keys: z.array(z.looseObject({ kty: z.string(), x: z.string() })),
});

const jwkSchema = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a signed token", () => {
  let system: System;
  let url: string;
  let good: string;
  before(async () => {
    system = await System.bare({ STRANGER_REQUESTS_PER_SECOND: "0" });
    ({ url } = await system.gateway());
    good = (await makeToken(url, system.key, { scopes: ["jobs:read"] })).access_token;
  });
  after(async () => system[Symbol.asyncDispose]());

  const publicKeys = async () =>
    jwksSchema.parse(await (await ask(`${url}/.well-known/jwks.json`)).json());

  it("verifies with the public keys that we tell, for whoever wants to", async () => {
    const { payload } = await jwtVerify(good, createLocalJWKSet(await publicKeys()), {
      issuer: "scoreline",
      audience: "scoreline",
      typ: "at+jwt",
    });
    assert.equal(payload["scope"], "jobs:read");
    assert.ok(!JSON.stringify(await publicKeys()).includes('"d"'), "no private half");
  });

  it("is refused when anything in it was changed, or others signed it", async () => {
    const [head = "", body = "", signature = ""] = good.split(".");
    const claims = decodeJwt(good);
    const { alg, kid = "", typ = "" } = decodeProtectedHeader(good);
    const wider = part({ ...claims, scope: "admin operator" });
    const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
    const signed = async (header: object, more: object = {}): Promise<string> =>
      new SignJWT({ ...claims, ...more })
        .setProtectedHeader({ alg: "EdDSA", kid, typ, ...header })
        .sign(privateKey);
    const [{ x } = { x: "" }] = (await publicKeys()).keys;
    const byHmac = `${part({ alg: "HS256", kid, typ })}.${wider}`;
    const hmac = createHmac("sha256", Buffer.from(x, "base64url")).update(byHmac);
    const forged: Record<string, string> = {
      "other claims": `${head}.${wider}.${signature}`,
      "no signature": `${head}.${body}.`,
      "alg none": `${part({ alg: "none", kid, typ })}.${wider}.`,
      "the public key as a secret": `${byHmac}.${hmac.digest("base64url")}`,
      "another key under our id": await signed({}),
      "an unknown key": await signed({ kid: `sig_0${"0".repeat(25)}` }),
      "no key id": await signed({ kid: undefined }),
      "another type": await signed({ typ: "JWT" }),
      "another issuer": await signed({}, { iss: "https://example.org" }),
      "cut short": good.slice(0, -2),
    };
    assert.equal(alg, "EdDSA");
    for (const [what, token] of Object.entries(forged)) {
      const {
        status,
        headers,
        body: problem,
      } = await request(`${url}/v1/models`, {
        headers: bearer(token),
      });
      assert.deepEqual([status, problem.code], [401, "unauthenticated"], what);
      const challenge = headers.get("www-authenticate");
      assert.equal(challenge, 'Bearer realm="scoreline", error="invalid_token"');
    }
    assert.equal((await ask(`${url}/v1/models`, { headers: bearer(good) })).status, 200);
  });

  it("is refused beside another one, although Node by itself would show the first alone", async () => {
    const headers = ["Authorization", `Bearer ${good}`, "Authorization", "Bearer sk_1"];
    const asked = get(`${url}/v1/models`, { headers });
    const [answer]: IncomingMessage[] = await once(asked, "response");
    assert.equal(answer?.resume().statusCode, 401);
  });

  it("cannot be made of what stands in Redis", async () => {
    const redis = system.redis.client();
    const { keyId = "" } = parseToken(system.key) ?? {};
    const record = await redis.hgetall(keys.accessKey(keyId));
    const [[kid, value] = ["", ""]] = Object.entries(await redis.hgetall(keys.signingKeys));
    const jwk = jwkSchema.parse(JSON.parse(value.slice(value.indexOf(" "))));
    const { typ = "" } = decodeProtectedHeader(good);
    const tokenWith = async (seal: string): Promise<string> =>
      new SignJWT({ ...decodeJwt(good), seal, scope: "admin" })
        .setProtectedHeader({ alg: "EdDSA", kid, typ })
        .sign(jwk);
    for (const text of Object.values(record)) {
      const bytes = Buffer.from(text, "hex");
      for (const seal of [text, bytes.toString("base64url"), bytes.toString("base64url", 0, 16)]) {
        const { status } = await ask(`${url}/v1/models`, {
          headers: bearer(await tokenWith(seal)),
        });
        assert.equal(status, 401);
      }
    }
    const seal = z.string().parse(decodeJwt(good)["seal"]);
    const own = await ask(`${url}/v1/models`, { headers: bearer(await tokenWith(seal)) });
    assert.equal(own.status, 200, "the key is the right one");
  });

  it("asks nothing of Redis when its key id was not made here", async () => {
    const [, body = "", signature = ""] = good.split(".");
    await asksNothing(system.redis.client(), "hgetall", async (i) => {
      const kid = `sig_0${"0".repeat(20)}${String(10_000 + i)}`;
      const token = `${part({ alg: "EdDSA", kid, typ: "at+jwt" })}.${body}.${signature}`;
      const { status } = await ask(`${url}/v1/models`, { headers: bearer(token) });
      assert.equal(status, 401);
    });
  });
});
