import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Redis } from "ioredis";
import { z } from "zod";
import { FieldTable, maybeNumber, number } from "../../shared/redis/fields.ts";
import { asList, asText, script } from "../../shared/redis/script.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";

const fields = new FieldTable({
  name: ["n", z.string()],
  limits: ["l", z.string(), ["windowMs", "kept"]],
  count: ["c", number],
  endedAtMs: ["ea", maybeNumber],
  note: ["d", z.string().optional()],
});

describe("a script that is called by names", () => {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-scripts-"));
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await server[Symbol.asyncDispose]();
  });

  const lua = (name: string, text: string): URL => {
    writeFileSync(join(folder, name), text);
    return pathToFileURL(join(folder, name));
  };

  it("has keys, arguments, a list and items, however many, under their names", async () => {
    const declared = {
      keys: ["first", "second?"],
      args: ["word"],
      each: { keys: ["record"], args: ["id", "mode"] },
    } as const;
    const url = lua(
      "names.lua",
      "local all = { first, second or 'none', word }\nfor item in items() do all[#all + 1] = item.record .. item.id .. item.mode end\nreturn all",
    );
    const named = script(url, declared);
    const item = (i: number) => ({ record: `{sl0}:r${i}`, id: `-${i}`, mode: "w" });
    const run = async (items: readonly ReturnType<typeof item>[]): Promise<unknown[]> => {
      const reply = await named.run(redis, {
        first: "{sl0}:a",
        second: "{sl0}:b",
        word: "x",
        items,
      });
      return asList(reply).map((one) => asText(one));
    };
    assert.deepEqual(await run([]), ["{sl0}:a", "{sl0}:b", "x"]);
    const many = Array.from({ length: 10_000 }, (_, i) => item(i));
    const last = (await run(many)).at(-1);
    assert.equal(last, "{sl0}:r9999-9999w");
  });

  it("has no key where one may be missing, and a list behind the arguments", async () => {
    const named = script(lua("rest.lua", "return { second == nil and 1 or 0, #list, list[2] }"), {
      keys: ["first", "second?"],
      rest: "list",
    });
    const reply = await named.run(redis, { first: "{sl0}:a", second: undefined, list: ["x", "y"] });
    assert.deepEqual(
      asList(reply).map((one) => asText(one)),
      ["1", "2", "y"],
    );
  });

  it("reads and writes a record by the table that TypeScript has, packed fields too", async () => {
    const record = { name: "a", limits: "10 20", count: 3, endedAtMs: undefined, note: undefined };
    await redis.hset(keys.job("1"), ...fields.encode(record));
    const url = lua(
      "fields.lua",
      "local r = readThing(keys.job .. '1')\nredis.call('HSET', key, THING.count, r.count + r.windowMs + r.kept)\nreturn readThing(key)",
    );
    const reads = { readThing: fields };
    const named = script(url, { keys: ["key"], reads, writes: { THING: fields } });
    const reply = await named.run(redis, { key: keys.job("1") });
    assert.deepEqual(fields.decodeReply(asList(reply)), { ...record, count: 33 });
    assert.deepEqual(fields.decode(await redis.hgetall(keys.job("1"))), { ...record, count: 33 });
  });

  it("keeps the order of calls that are under way together, on a Redis that never saw it", async () => {
    const push = script(lua("push.lua", "return redis.call('RPUSH', list, nth)"), {
      keys: ["list"],
      args: ["nth", "ballast"],
    });
    const list = "{sl0}:order";
    const numbers = Array.from({ length: 64 }, (_, i) => i);
    // So large that the first are answered while the last are sent, as chunks of an upload are.
    const ballast = Buffer.alloc(300_000);
    for (let round = 0; round < 5; round += 1) {
      await redis.script("FLUSH");
      await redis.del(list);
      const fresh = server.client();
      const calls: Promise<unknown>[] = [];
      for (const nth of numbers) {
        calls.push(push.run(fresh, { list, nth, ballast }));
        await setImmediate();
      }
      await Promise.all(calls);
      assert.deepEqual((await redis.lrange(list, 0, -1)).map(Number), numbers);
      fresh.disconnect();
    }
    await push.run(redis, { list, nth: 64, ballast: "" });
    await redis.script("FLUSH");
    await push.run(redis, { list, nth: 64, ballast: "" });
    assert.equal(await redis.llen(list), 66, "one that Redis forgot is sent again");
  });

  it("takes each name, and no other, or it is a fault in its types", () => {
    const named = script(lua("types.lua", "return 1"), { keys: ["a"], args: ["b"], rest: "c" });
    const calls = [
      // @ts-expect-error a key is missing
      () => named.run(redis, { b: 1, c: [] }),
      // @ts-expect-error an argument is missing
      () => named.run(redis, { a: "", c: [] }),
      // @ts-expect-error the list is missing
      () => named.run(redis, { a: "", b: 1 }),
      // @ts-expect-error one too many
      () => named.run(redis, { a: "", b: 1, c: [], d: 1 }),
      // @ts-expect-error fields have names of their own
      () => fields.pick("nam"),
    ];
    assert.equal(calls.length, 5);
  });
});
