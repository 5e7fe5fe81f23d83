import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { describe, it } from "node:test";
import { KeyCache } from "../../../../gateway/access/key-cache.ts";
import type { AccessKey } from "../../../../shared/access/key.ts";
import { anyKey } from "../../../support/keys.ts";

function setup() {
  const key = anyKey();
  const stored = new Map<string, AccessKey>([[key.id, key]]);
  const reads: string[] = [];
  const clock = { ms: 1_000_000, now: () => clock.ms };
  const find = async (id: string): Promise<AccessKey | undefined> => {
    reads.push(id);
    await turn();
    return stored.get(id);
  };
  return { key, stored, reads, clock, cache: new KeyCache(find, clock) };
}

describe("the cache of keys", () => {
  it("reads a key once, also for many who ask at a time, and then tells it at once", async () => {
    const { key, cache, reads } = setup();
    const all = await Promise.all([cache.get(key.id), cache.get(key.id), cache.get(key.id)]);
    for (const known of all) assert.equal(known.key, key);
    assert.equal(cache.get(key.id), all[0]);
    assert.equal(reads.length, 1);
  });

  it("remembers that there is none", async () => {
    const { cache, reads } = setup();
    assert.equal((await cache.get("key_none")).key, undefined);
    assert.ok(!(cache.get("key_none") instanceof Promise));
    assert.equal(reads.length, 1);
  });

  it("reads a key in use again every second, and nobody waits", async () => {
    const { key, stored, cache, clock, reads } = setup();
    await cache.get(key.id);
    stored.delete(key.id);
    clock.ms += 1001;
    assert.ok(!(cache.get(key.id) instanceof Promise));
    assert.ok(!(cache.get(key.id) instanceof Promise));
    assert.equal(reads.length, 2);
    await turn();
    await turn();
    const now = cache.get(key.id);
    assert.ok(!(now instanceof Promise) && now.key === undefined);
  });

  it("uses nothing that is older than 2 s, or from the future", async () => {
    for (const jumpMs of [2001, -1]) {
      const { key, stored, cache, clock } = setup();
      await cache.get(key.id);
      stored.delete(key.id);
      clock.ms += jumpMs;
      assert.equal((await cache.get(key.id)).key, undefined);
    }
  });

  it("keeps what it knows while reading fails, for 2 s", async () => {
    const clock = { ms: 0, now: () => clock.ms };
    const key = anyKey();
    let isAway = false;
    const cache = new KeyCache(async () => {
      await turn();
      if (isAway) throw new Error("away");
      return key;
    }, clock);
    await cache.get(key.id);
    isAway = true;
    clock.ms = 1999;
    const known = cache.get(key.id);
    assert.ok(!(known instanceof Promise) && known.key === key);
    clock.ms = 2001;
    await assert.rejects(async () => cache.get(key.id), /away/);
  });

  it("gives no older read the last word", async () => {
    const clock = { ms: 0, now: () => clock.ms };
    const answers: PromiseWithResolvers<AccessKey | undefined>[] = [];
    const cache = new KeyCache(async () => {
      const answer = Promise.withResolvers<AccessKey | undefined>();
      answers.push(answer);
      return answer.promise;
    }, clock);
    const early = cache.read("key_a");
    clock.ms = 1;
    const late = cache.read("key_a");
    answers[1]?.resolve(undefined);
    await late;
    answers[0]?.resolve(anyKey());
    await early;
    const known = cache.get("key_a");
    assert.ok(!(known instanceof Promise) && known.key === undefined);
  });

  it("looks again once for all who ask while it looks, and never by a look from before", async () => {
    const answers: PromiseWithResolvers<AccessKey | undefined>[] = [];
    const cache = new KeyCache(
      async () => {
        const answer = Promise.withResolvers<AccessKey | undefined>();
        answers.push(answer);
        return answer.promise;
      },
      { now: () => 0 },
    );
    const key = anyKey();
    const first = cache.lookAgain(key.id);
    const later = Array.from({ length: 100 }, async () => cache.lookAgain(key.id));
    answers[0]?.resolve(undefined);
    assert.equal((await first).key, undefined);
    await turn();
    assert.equal(answers.length, 2);
    const last = cache.lookAgain(key.id);
    answers[1]?.reject(new Error("away"));
    for (const one of later) await assert.rejects(one, /away/);
    await turn();
    answers[2]?.resolve(key);
    assert.equal((await last).key, key);
    const alone = cache.lookAgain(key.id);
    answers[3]?.resolve(key);
    assert.equal((await alone).key, key);
    assert.equal(answers.length, 4);
  });

  it("holds 10,000 and lets go of those used longest ago", async () => {
    const { key, cache, reads } = setup();
    await cache.get(key.id);
    await cache.get("key_first");
    for (let i = 0; i < 9_999; i++) {
      await cache.get(`key_${i}`);
      if (i === 5000) await cache.get(key.id);
    }
    const before = reads.length;
    await cache.get(key.id);
    assert.equal(reads.length, before);
    await cache.get("key_first");
    assert.equal(reads.length, before + 1);
  });
});
