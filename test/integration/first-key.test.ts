import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { provideKey, writeKeyFile } from "../../cli/start/api-key.ts";
import { CommandError } from "../../cli/terminal/command.ts";
import type { AccessKey } from "../../shared/access/key.ts";
import { hasSecret, parseToken } from "../../shared/access/token.ts";
import { openAccessKeys } from "../../shared/access/access-keys.ts";
import { issueKey } from "../support/keys.ts";
import { freePort, TestRedis } from "../support/redis.ts";

describe("the key of npm start", () => {
  let server: TestRedis;
  let redis: Redis;
  const folder = mkdtempSync(join(tmpdir(), "scoreline-key-"));
  const path = join(folder, "api-key");
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  beforeEach(async () => {
    await redis.flushall();
    rmSync(path, { force: true });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const provide = async (): Promise<string> => {
    const said: string[] = [];
    await provideKey({ redisUrl: server.url, path, say: (text) => said.push(text) });
    return said.join("\n");
  };
  const token = (): string => readFileSync(path, "utf8").trim();
  const keyInFile = async (): Promise<AccessKey> => {
    const { keyId, secret } = parseToken(token()) ?? { keyId: "", secret: "" };
    const key = await (await openAccessKeys(redis)).find(keyId);
    assert.ok(key !== undefined && hasSecret(key, secret));
    return key;
  };
  const mode = (): number => statSync(path).mode & 0o777;

  it("is made once, may do everything, and only its user reads it", async () => {
    assert.match(await provide(), /^made an admin key; it is kept in /);
    assert.deepEqual((await keyInFile()).scopes, ["admin", "operator"]);
    assert.equal(mode(), 0o600);
    const first = token();
    assert.equal(await provide(), "");
    assert.equal(token(), first);
  });

  it("is made anew when Redis has lost it, or it was revoked", async () => {
    await provide();
    const first = token();
    await redis.flushall();
    assert.match(await provide(), /Redis does not know the key in .* made another/);
    assert.notEqual(token(), first);
    const { id } = await keyInFile();
    await (await openAccessKeys(redis)).issue({ ...(await keyInFile()) }, Date.now());
    assert.equal(await (await openAccessKeys(redis)).revoke(id), "done");
    assert.match(await provide(), /made another/);
    assert.notEqual((await keyInFile()).id, id);
  });

  it("is made anew when it is an admin's from before the scope operator", async () => {
    const { tokens } = await issueKey(redis, { scopes: ["admin"] });
    writeKeyFile(path, tokens.primary);
    assert.match(await provide(), /is from before the scope operator: made another$/);
    assert.deepEqual((await keyInFile()).scopes, ["admin", "operator"]);
    const { tokens: limited } = await issueKey(redis, { scopes: ["jobs:read"] });
    writeKeyFile(path, limited.primary);
    assert.equal(await provide(), "", "a key that somebody put there on purpose stays");
  });

  it("is made anew when its file is gone, empty, or holds something else", async () => {
    for (const text of [undefined, "", "sk_nonsense\n"]) {
      await provide();
      const { id } = await keyInFile();
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
      assert.match(await provide(), /made an/);
      assert.notEqual((await keyInFile()).id, id);
      assert.equal(mode(), 0o600);
    }
  });

  it("is taken back from others who could read its file", async () => {
    await provide();
    chmodSync(path, 0o644);
    assert.match(await provide(), /could be read by others/);
    assert.equal(mode(), 0o600);
  });

  it("says which Redis it cannot reach, without its password", async () => {
    const redisUrl = `redis://:geheim@127.0.0.1:${await freePort()}`;
    await assert.rejects(
      provideKey({ redisUrl, path, say: () => undefined }),
      (error) =>
        error instanceof CommandError &&
        error.message.includes("127.0.0.1:") &&
        !error.message.includes("geheim"),
    );
  });
});
