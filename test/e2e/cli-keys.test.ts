import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { parseToken } from "../../shared/access/token.ts";
import { keys } from "../support/redis-keys.ts";
import { cli } from "../support/cli.ts";
import { ask } from "../support/client.ts";
import { freePort, TestRedis } from "../support/redis.ts";
import { System } from "../support/system.ts";

const TOKENS = /^primary {4}(sk_\w{91})\nsecondary {2}(sk_\w{91})\n$/;
const keySchema = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  scopes: z.array(z.string()),
  expires_at: z.string().nullable(),
});

describe("scoreline keys", () => {
  let system: System;
  let url: string;
  before(async () => {
    system = await System.bare();
    url = (await system.gateway()).url;
  });
  after(async () => system[Symbol.asyncDispose]());

  const run = async (words: readonly string[], env: Record<string, string> = {}) =>
    cli(["keys", ...words, "--url", url], { SCORELINE_API_KEY: system.key, ...env });
  const statusWith = async (token: string): Promise<number> =>
    (await ask(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } })).status;

  it("makes a key, whose tokens alone go to stdout, and lists it", async () => {
    const made = await run([
      "create",
      "web shop",
      "--tenant",
      "shop",
      "--models",
      "wine, resnet152",
    ]);
    assert.equal(made.code, 0, made.err);
    const [, primary = "", secondary = ""] = TOKENS.exec(made.out) ?? [];
    assert.deepEqual([await statusWith(primary), await statusWith(secondary)], [200, 200]);
    const id = parseToken(primary)?.keyId ?? "";
    assert.equal(made.err, `${id} of tenant shop. The tokens are not shown again.\n`);
    const { code, out } = await run(["list"]);
    assert.equal(code, 0);
    assert.match(out, /^KEY +TENANT +NAME +MAY +USED\n/);
    assert.match(
      out,
      new RegExp(`^${id}  shop +web shop +3 scopes\\+models +\\d{4}-\\d\\d-\\d\\d$`, "m"),
    );
    assert.ok(out.split("\n").every((line) => line.length <= 80));
    assert.ok(!out.includes("sk_"));
  });

  it("goes with roles, which are set, listed, shown and deleted", async () => {
    const roles = async (...words: string[]) =>
      cli(["roles", ...words, "--url", url], { SCORELINE_API_KEY: system.key });
    const set = ["set", "scorer", "--scopes", "jobs:write, jobs:read", "--models", "wine"];
    const shown = "scorer\nscopes   jobs:write, jobs:read\nmodels   wine\nceiling  interactive\n";
    assert.deepEqual(await roles(...set), { code: 0, out: shown, err: "" });
    assert.equal((await roles("get", "scorer")).out, shown);
    const made = await run(["create", "till", "--role", "scorer", "--json"]);
    assert.deepEqual(keySchema.parse(JSON.parse(made.out)).scopes, ["jobs:write", "jobs:read"]);
    const bulk = ["set", "scorer", "--scopes", "jobs:write", "--priority-ceiling", "bulk"];
    assert.equal((await roles(...bulk)).code, 0);
    assert.match((await roles("list")).out, /^ROLE .*\nscorer +jobs:write +all +bulk\n$/);
    const refused = await roles("set", "scorer", "--scopes", "jobs");
    assert.match(refused.err, /\/scopes\/0: must be "jobs:write", /);
    const deleted = await roles("delete", "scorer", "--json");
    assert.deepEqual(JSON.parse(deleted.out), { name: "scorer", deleted: true });
    const missing = {
      code: 1,
      out: "",
      err: 'scoreline: There is no role "scorer". There are none.\n',
    };
    assert.deepEqual(await roles("get", "scorer"), missing);
    assert.deepEqual(await roles("delete", "scorer"), missing);
  });

  it("makes one as it was wished for, as JSON", async () => {
    const words = ["create", "x", "--scopes", "jobs:read,admin", "--priority-ceiling", "bulk"];
    const { code, out } = await run([...words, "--expires", "2d", "--json"]);
    assert.equal(code, 0);
    const key = keySchema.parse(JSON.parse(out));
    assert.deepEqual(key.scopes, ["jobs:read", "admin"]);
    assert.equal(key["priority_ceiling"], "bulk");
    const days = (Date.parse(key.expires_at ?? "") - Date.now()) / 86_400_000;
    assert.ok(days > 1.9 && days <= 2);
  });

  it("makes an access token of the key that it calls with", async () => {
    const create = async (...words: string[]) =>
      cli(["tokens", "create", ...words, "--url", url], { SCORELINE_API_KEY: system.key });
    const made = await create("--scopes", "jobs:read, jobs:write", "--lifetime", "60");
    assert.equal(made.code, 0, made.err);
    assert.equal(await statusWith(made.out.trim()), 200);
    assert.match(made.err, /^of key_\w{26}, with jobs:read, jobs:write, until \d{4}-\S+Z\n$/);
    const limited = await run(["list"], { SCORELINE_API_KEY: made.out.trim() });
    assert.match(limited.err, /The access token of key_\w+ does not have the scope admin/);
    const refused = await create("--lifetime", "86401");
    assert.match(refused.err, /\/lifetime_seconds/);
  });

  it("says what the gateway refuses", async () => {
    const bad = await run(["create", "x", "--tenant", "No!"]);
    assert.equal(bad.code, 1);
    assert.match(bad.err, /^scoreline: The input is not valid: \/tenant: is not 1 to 63 of/);
    assert.equal((await run(["create", "other", "--scopes", "admin"])).code, 0);
    assert.equal((await run(["revoke", parseToken(system.key)?.keyId ?? ""])).code, 0);
    const gone = await run(["list"]);
    assert.equal(gone.code, 1);
    assert.match(gone.err, /does not take the key of SCORELINE_API_KEY/);
  });
});

describe("scoreline and the key of npm start", () => {
  it("uses the key in the file, and keeps the file when it is regenerated", async (t) => {
    const system = await System.bare();
    t.after(async () => system[Symbol.asyncDispose]());
    const folder = mkdtempSync(join(tmpdir(), "scoreline-cli-keys-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "api-key");
    writeFileSync(file, `${system.key}\n`, { mode: 0o600 });
    const { url } = await system.gateway();
    const env = { DATA_DIR: folder };
    const id = parseToken(system.key)?.keyId ?? "";

    assert.equal((await cli(["keys", "list", "--url", url], env)).code, 0);
    const words = ["keys", "regenerate", id, "--secret", "primary", "--url", url];
    const renewed = await cli(words, env);
    assert.equal(renewed.code, 0, renewed.err);
    assert.match(renewed.err, /api-key holds the new token\.\n$/);
    assert.ok(renewed.out.includes(readFileSync(file, "utf8").trim()));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal((await cli(["keys", "list", "--url", url], env)).code, 0);

    const last = await cli(["keys", "revoke", id, "--url", url], env);
    assert.equal(last.code, 1);
    assert.match(last.err, /^scoreline: The last admin key cannot be revoked: /);
  });

  it("makes the first key straight in Redis", async (t) => {
    const redis = await TestRedis.start();
    t.after(async () => redis[Symbol.asyncDispose]());
    const made = await cli(["keys", "create", "first", "--scopes", "admin", "--direct"], {
      REDIS_URL: redis.url,
    });
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, TOKENS);
    assert.equal(await redis.client().zcard(keys.adminKeys), 1);
    const nowhere = { REDIS_URL: `redis://:geheim@127.0.0.1:${await freePort()}` };
    const failed = await cli(["keys", "create", "first", "--direct"], nowhere);
    assert.equal(failed.code, 1);
    assert.match(
      failed.err,
      /^scoreline: cannot reach Redis at 127\.0\.0\.1:\d+: start it there, or set/,
    );
  });
});
