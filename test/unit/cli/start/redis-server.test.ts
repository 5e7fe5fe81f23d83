import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redisConfig, redisUrl } from "../../../../cli/start/redis-server.ts";

describe("private Redis", () => {
  it("forgets nothing, listens on the loopback address only, and wants a password", () => {
    const lines = redisConfig("/data", { port: 7001, password: "secret" }).split("\n");
    for (const line of [
      "bind 127.0.0.1",
      "port 7001",
      "requirepass secret",
      "appendonly yes",
      "maxmemory-policy noeviction",
      "hash-max-listpack-value 8192",
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });

  it("may live in a folder with blanks, quotes and backslashes in its name", () => {
    const text = redisConfig('/my "data" \\ here', { port: 7001, password: "secret" });
    assert.ok(text.includes(String.raw`dir "/my \"data\" \\ here"`));
  });

  it("is reached under its password", () => {
    assert.equal(redisUrl({ port: 7001, password: "secret" }), "redis://:secret@127.0.0.1:7001/0");
  });
});
