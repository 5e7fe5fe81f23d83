import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { packRows } from "../../shared/job/payload.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { flowFields } from "../../shared/lane/flow.ts";
import { accept, CLAIM_SECONDS, type Verdict } from "../../shared/pack/accept.ts";
import { packFields } from "../../shared/pack/record.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { dump } from "../support/dump.ts";
import { quota, testLimits } from "../support/jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { workerOf } from "../support/worked.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

/** One word a job, with the id that a replayed one stands for. */
function words(verdicts: readonly (readonly Verdict[])[]): string[] {
  return verdicts
    .flat()
    .map((verdict) => (verdict.kind === "replayed" ? verdict.id : verdict.kind));
}

describe("accept", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const packOf = async (name: string) => packFields.decode(await redis.hgetall(keys.pack(name)));
  const flow = async () => flowFields.decode(await redis.hgetall(keys.flow(lane)));
  const tenant = async (name: string): Promise<(string | null)[]> =>
    redis.mget(keys.tenant(`${name}:jobs`), keys.tenant(`${name}:bytes`));

  it("stores what jobs have in common once, and of each what is its own", async () => {
    const jobs = [
      { text: "one", parameters: '{"top_k":3}' },
      { text: "two, longer", metadata: '{"my":"é"}' },
      { text: "three" },
    ];
    const pack = newPack(lane, jobs, { isTaken: true });
    const [verdicts = []] = await acceptPacks(redis, lane, [pack]);
    assert.deepEqual(
      verdicts.map((one) => (one.kind === "accepted" ? one.ahead : one.kind)),
      [0, 1, 2],
    );
    const stored = await packOf(pack.name);
    assert.equal(stored.lane, laneName(lane));
    assert.equal(stored.states, "WWW");
    assert.equal(stored.tenants, "default");
    assert.equal(stored.waiters, "g1");
    assert.equal(stored.isTaken, "1");
    assert.equal(stored.has, "p");
    assert.equal(stored.tags, pack.jobs.map(({ id }) => id.slice(-4)).join(""));
    const fields = await redis.hgetallBuffer(keys.pack(pack.name));
    assert.deepEqual(fields["i"], Buffer.concat(pack.jobs.map(({ payload }) => payload)));
    assert.equal(stored.bytes, pack.jobs.map(({ payload }) => payload.length).join(" "));
    assert.equal(fields["p0"]?.toString(), '{"top_k":3}');
    assert.equal(fields["d1"]?.toString(), '{"my":"é"}');
    assert.ok(fields["p1"] === undefined && fields["d0"] === undefined);
  });

  it("stores parameters once when they are the same for all", async () => {
    const alike = { parameters: '{"top_k":3}' };
    const pack = newPack(lane, [alike, alike, { ...alike, text: "another" }]);
    await acceptPacks(redis, lane, [pack]);
    const stored = await packOf(pack.name);
    assert.equal(stored.parameters, alike.parameters);
    assert.equal(stored.has, undefined);
    assert.equal(await redis.hexists(keys.pack(pack.name), "p0"), 0);
    const { packs } = await workerOf(redis).turn({ lane, rows: 3, woken: true }, []);
    assert.deepEqual(
      packs[0]?.parameters,
      Array.from({ length: 3 }, () => alike.parameters),
    );
  });

  it("puts a pack wherever its jobs are looked for, and asks for one shift", async () => {
    const first = newPack(lane, [{}, {}]);
    const accepted = await accept(redis, { lane, packs: [first], quota: quota() });
    assert.equal(accepted.arm, true);
    const second = newPack(lane, [{}]);
    const again = await accept(redis, { lane, packs: [second], quota: quota() });
    assert.equal(again.arm, false, "one is on its way");
    const names = [first.name, second.name];
    assert.deepEqual(await redis.lrange(keys.ready(lane), "0", "-1"), names);
    assert.deepEqual(
      (await redis.zrange(keys.outstanding(lane), "0", "-1")).toSorted(),
      names.toSorted(),
    );
    assert.equal(await redis.llen(keys.load(lane)), 3, "one element a job");
    const { createdAtMs } = await packOf(first.name);
    assert.equal(
      Number(await redis.zscore(keys.due, first.name)),
      createdAtMs + Math.min(testLimits.startMs, testLimits.totalMs),
    );
    assert.deepEqual(await redis.smembers(keys.lanes), [laneName(lane)]);
    assert.deepEqual(await redis.smembers(keys.tenants), ["default"]);
    const { accepted: count, bytes, armed } = await flow();
    const sum = [...first.jobs, ...second.jobs].reduce((of, job) => of + job.payload.length, 0);
    assert.deepEqual([count, bytes, armed], [3, sum, 1]);
    assert.deepEqual(await tenant("default"), ["3", String(sum)]);
    assert.equal((await packOf(second.name)).number, 2);
  });

  it("says how many are ahead: those that were accepted and have not ended", async () => {
    await acceptPacks(redis, lane, [newPack(lane, [{}, {}, {}])]);
    await redis.hset(keys.flow(lane), flowFields.letters.over, 2);
    const verdicts = await acceptPacks(redis, lane, [newPack(lane, [{}]), newPack(lane, [{}])]);
    assert.deepEqual(
      verdicts.flat().map((one) => one.kind === "accepted" && one.ahead),
      [1, 2],
    );
  });

  it("judges each job by itself where a pack does not fit as a whole", async () => {
    const jobs = [{ text: "a" }, { text: "x".repeat(500) }, { text: "b" }];
    const pack = newPack(lane, jobs);
    const verdicts = await acceptPacks(redis, lane, [pack], { laneBytes: 100 });
    assert.deepEqual(words(verdicts), ["accepted", "queue_full", "accepted"]);
    const [a, , b] = pack.jobs;
    assert.ok(a !== undefined && b !== undefined);
    const stored = await packOf(pack.name);
    assert.equal(stored.states, "WNW");
    assert.equal(stored.bytes, `${a.payload.length} 0 ${b.payload.length}`);
    const inputs = await redis.hgetBuffer(keys.pack(pack.name), packFields.letters.inputs);
    assert.deepEqual(inputs, Buffer.concat([a.payload, b.payload]));
    assert.equal(await redis.llen(keys.load(lane)), 2);
    assert.equal((await flow()).accepted, 2);
    const listed = await redis.zrange(keys.jobs("default"), "0", "-1");
    assert.deepEqual(listed, [`${pack.name}:02`], "the refused one is in no listing");
  });

  for (const [limits, word] of [
    [{ laneJobs: 2 }, "queue_full"],
    [{ tenantJobs: 2 }, "tenant_full"],
    [{ tenantBytes: 30 }, "tenant_full"],
  ] as const) {
    it(`counts what is in the same call: ${JSON.stringify(limits)}`, async () => {
      const packs = [newPack(lane, [{ text: "ab" }]), newPack(lane, [{ text: "ab" }, {}])];
      const verdicts = await acceptPacks(redis, lane, packs, limits);
      assert.deepEqual(words(verdicts), ["accepted", "accepted", word]);
      const more = await acceptPacks(redis, lane, [newPack(lane, [{}])], limits);
      assert.deepEqual(words(more), [word]);
    });
  }

  it("leaves nothing of a pack of which no job is accepted", async () => {
    await acceptPacks(redis, lane, [newPack(lane, [{}])]);
    const untouched = await dump(redis);
    const idempotency = { scope: "k", fingerprint: "f" };
    const large = newPack(lane, [{ payload: packRows([Buffer.alloc(9000)]) }]);
    const input = keys.packInput(large.name);
    await redis.set(input, "payload", "EX", CLAIM_SECONDS);
    const packs = [
      newPack(lane, [
        { idempotency, metadata: "{}" },
        { tenant: "other", parameters: "[1]" },
      ]),
      large,
    ];
    const full = { laneJobs: 1 };
    assert.deepEqual(
      new Set(words(await acceptPacks(redis, lane, packs, full))),
      new Set(["queue_full"]),
    );
    assert.deepEqual(await dump(redis), untouched);
  });

  it("keeps a large payload that waits for it, and refuses a job whose payload is gone", async () => {
    const payload = packRows([Buffer.alloc(9000)]);
    const [kept, lost] = [newPack(lane, [{ payload }]), newPack(lane, [{ payload }])];
    const input = keys.packInput(kept.name);
    await redis.set(input, payload, "EX", CLAIM_SECONDS);
    const verdicts = await acceptPacks(redis, lane, [kept, lost]);
    assert.deepEqual(words(verdicts), ["accepted", "input_lost"]);
    assert.equal(await redis.ttl(input), -1);
    assert.equal((await packOf(kept.name)).inputs, undefined);
    assert.equal((await flow()).bytes, payload.length);
    assert.equal(await redis.exists(keys.pack(lost.name)), 0);
  });

  it("tells another pack under a name from its own that is sent again", async () => {
    const pack = newPack(lane, [{ text: "mine" }]);
    await acceptPacks(redis, lane, [pack]);
    const untouched = await dump(redis);
    const other = newPack(lane, [{ text: "theirs" }, {}], { name: pack.name });
    assert.deepEqual(words(await acceptPacks(redis, lane, [other])), ["collision", "collision"]);
    assert.deepEqual(await dump(redis), untouched);
    assert.deepEqual(words(await acceptPacks(redis, lane, [pack])), ["accepted"]);
  });

  it("binds a key to the first job that is accepted with it, in the same call, too", async () => {
    const key = (fingerprint: string) => ({ idempotency: { scope: "k", fingerprint } });
    const pack = newPack(lane, [key("f1"), key("f1"), key("f2"), {}]);
    const [first] = pack.jobs;
    const verdicts = words(await acceptPacks(redis, lane, [pack]));
    assert.deepEqual(verdicts, ["accepted", first?.id, "key_reused", "accepted"]);
    assert.equal(await redis.get(keys.idempotency("k")), `${first?.id} f1`);
    assert.equal((await packOf(pack.name)).states, "WNNW");
    const later = await acceptPacks(redis, lane, [newPack(lane, [key("f1")])]);
    assert.deepEqual(words(later), [first?.id]);
  });

  it("binds no key to a job that it refuses, so that the key is free for later", async () => {
    const jobs = ["k1", "k2"].map((scope) => ({ idempotency: { scope, fingerprint: "f" } }));
    const verdicts = await acceptPacks(redis, lane, [newPack(lane, jobs)], { tenantJobs: 1 });
    assert.deepEqual(words(verdicts), ["accepted", "tenant_full"]);
    assert.equal(await redis.exists(keys.idempotency("k2")), 0);
    const later = await acceptPacks(redis, lane, [newPack(lane, jobs.slice(1))]);
    assert.deepEqual(words(later), ["accepted"]);
  });

  it("keeps a key for a day, or for as long as its job may run and is kept", async () => {
    const limits = { ...testLimits, totalMs: 604_800_000 };
    const long = newPack(lane, [{ limits, idempotency: { scope: "k7", fingerprint: "f" } }]);
    const short = newPack(lane, [{ idempotency: { scope: "k1", fingerprint: "f" } }]);
    await acceptPacks(redis, lane, [long, short]);
    const ttl = async (scope: string): Promise<number> => redis.ttl(keys.idempotency(scope));
    assert.equal(Math.round((await ttl("k1")) / 1000), 86);
    assert.equal(Math.round((await ttl("k7")) / 1000), 608);
  });

  describe("with 32 tenants in one pack", () => {
    const tenants = Array.from({ length: 32 }, (_, i) => `tenant-${i}`);

    it("counts and lists for each its own, and nothing else", async () => {
      const pack = newPack(
        lane,
        tenants.map((name, i) => ({ tenant: name, text: "x".repeat(i) })),
      );
      await acceptPacks(redis, lane, [pack]);
      const digits = "0123456789abcdefghjkmnpqrstvwxyz";
      for (const [i, name] of tenants.entries()) {
        const listed = await redis.zrange(keys.jobs(name), "0", "-1");
        assert.deepEqual(listed, [`${pack.name}:${digits[i]}`]);
        assert.deepEqual(await tenant(name), ["1", String(pack.jobs[i]?.payload.length)]);
      }
      const stored = await packOf(pack.name);
      assert.equal(stored.tenants, tenants.join(" "));
      assert.deepEqual(
        Array.from(stored.owners ?? "", (char) => char.charCodeAt(0) - 48),
        tenants.map((_, i) => i),
      );
      assert.deepEqual(new Set(await redis.smembers(keys.tenants)), new Set(tenants));
    });

    it("lets one tenant that has used up its quota cost no other anything", async () => {
      await acceptPacks(redis, lane, [newPack(lane, [{ tenant: "tenant-7" }])]);
      const pack = newPack(
        lane,
        [...tenants, "tenant-3"].slice(1).map((name) => ({ tenant: name })),
      );
      const verdicts = words(await acceptPacks(redis, lane, [pack], { tenantJobs: 1 }));
      const refused = verdicts.flatMap((word, i) => (word === "accepted" ? [] : [`${word} ${i}`]));
      assert.deepEqual(refused, ["tenant_full 6", "tenant_full 31"]);
      assert.deepEqual((await redis.zrange(keys.jobs("tenant-7"), "0", "-1")).length, 1);
      assert.equal((await tenant("tenant-7"))[0], "1");
    });
  });

  it("takes few commands and few bytes a job", async () => {
    await redis.config("SET", "hash-max-listpack-value", "8192");
    const text = "How do I sort an array of numbers?";
    const [single, full] = [1, 32].map((count) =>
      Array.from({ length: 100 }, () =>
        newPack(
          lane,
          Array.from({ length: count }, () => ({ text })),
        ),
      ),
    );
    const cost = async (packs: typeof single = []) => {
      await redis.flushall();
      await acceptPacks(redis, lane, [newPack(lane, [{}])]);
      const memory = await server.dataBytes();
      await redis.config("RESETSTAT");
      for (const pack of packs) await acceptPacks(redis, lane, [pack]);
      const stats = await redis.info("commandstats");
      const calls = [...stats.matchAll(/^cmdstat_(?!config|info)\S+:calls=(\d+)/gm)];
      const commands = calls.reduce((sum, [, count]) => sum + Number(count), 0);
      const bytes = (await server.dataBytes()) - memory;
      const jobs = packs.flatMap((pack) => pack.jobs);
      const inputs = jobs.reduce((sum, { payload }) => sum + payload.length, 0);
      return { commands: commands / packs.length, bytes: (bytes - inputs) / jobs.length };
    };
    const [one, many] = [await cost(single), await cost(full)];
    assert.ok(one.commands <= 15 && many.commands <= 15, `${one.commands}, ${many.commands}`);
    assert.ok(one.bytes <= 850, `${one.bytes} bytes a job that is alone`);
    assert.ok(many.bytes <= 100, `${many.bytes} bytes a job in a pack of 32`);
  });
});
