import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Redis } from "ioredis";
import { ScoringError } from "../../shared/error.ts";
import { indexOf, packOf, type IdFactory } from "../../shared/id.ts";
import { packRows } from "../../shared/job/payload.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { CLAIM_SECONDS } from "../../shared/pack/accept.ts";
import type { PackableJob } from "../../shared/pack/open-pack.ts";
import { Packer, type PackerOptions } from "../../shared/pack/packer.ts";
import { newJob, quota, testIds } from "../support/jobs.ts";
import { Link } from "../support/link.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const shiftsKey = `${keys.shiftPrefix}:${laneName(lane)}:wait`;

function packable(more: Partial<PackableJob> = {}, text = "hello"): PackableJob {
  const { id: _, ...job } = newJob(lane, text);
  return { ...job, takes: false, ownPacks: false, ...more };
}

const large = (): PackableJob => packable({ payload: packRows([Buffer.alloc(9000)]) });

describe("a packer", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
    await redis.ping();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const packer = (more: Partial<PackerOptions> = {}): Packer =>
    new Packer({
      redis,
      shifts: new Shifts(redis),
      ids: testIds,
      clock: { now: () => Date.now() },
      logger: createLogger("test", "silent"),
      quota: quota(),
      ...more,
    });

  /** In BullMQ; the adds travel behind the accepts. */
  const hasShifts = async (count: number): Promise<void> =>
    until("shifts wait", async () => (await redis.llen(shiftsKey)) === count);

  const codeOf = async (done: Promise<unknown>): Promise<string> =>
    done.then(
      () => "accepted",
      (error: unknown) => (error instanceof ScoringError ? error.code : String(error)),
    );

  it("puts jobs of one turn side by side in few packs, with one call a lane and one shift", async () => {
    const gateway = packer();
    await redis.config("RESETSTAT");
    const added = Array.from({ length: 40 }, () => gateway.add(packable(), 64));
    const verdicts = await Promise.all(added.map(async ({ done }) => done));
    assert.deepEqual(
      verdicts.map((verdict) => verdict.kind === "accepted" && verdict.ahead),
      added.map((_, i) => i),
    );
    const names = added.map(({ id }) => packOf(id));
    assert.equal(new Set(names.slice(0, 32)).size, 1);
    assert.equal(new Set(names).size, 2);
    assert.deepEqual(
      added.map(({ id }) => indexOf(id)),
      added.map((_, i) => i % 32),
    );
    assert.ok(added.every(({ id }) => testIds.verify(id, "default") !== undefined));
    assert.deepEqual(await redis.lrange(keys.ready(lane), "0", "-1"), [...new Set(names)]);
    assert.match(await redis.info("commandstats"), /^cmdstat_eval(?:sha)?:calls=[12],/m);
    await hasShifts(1);
  });

  it("gives a job its id before it is accepted, and the next turn other packs", async () => {
    const gateway = packer();
    const first = gateway.add(packable(), 64);
    assert.equal(await redis.exists(keys.pack(packOf(first.id))), 0);
    await first.done;
    const second = gateway.add(packable(), 64);
    await second.done;
    assert.notEqual(packOf(first.id), packOf(second.id));
    assert.equal(await redis.hget(keys.pack(packOf(first.id)), "s"), "W");
  });

  it("puts no more into a pack than runs at once: what one takes is not left waiting", async () => {
    const gateway = packer();
    const added = Array.from({ length: 6 }, () =>
      gateway.add(packable({ rows: 2, form: "many" }), 4),
    );
    await Promise.all(added.map(async ({ done }) => done));
    assert.equal(new Set(added.map(({ id }) => packOf(id))).size, 3);
  });

  it("keeps a large payload apart, under a pack of its own", async () => {
    const gateway = packer();
    const [small, big, other] = [packable(), large(), large()].map((job) => gateway.add(job, 64));
    assert.ok(small !== undefined && big !== undefined && other !== undefined);
    await Promise.all([small.done, big.done, other.done]);
    assert.equal(new Set([small, big, other].map(({ id }) => packOf(id))).size, 3);
    const stored = await redis.getBuffer(keys.packInput(packOf(big.id)));
    assert.deepEqual(stored, large().payload);
  });

  it("refuses a large payload under a name that another pack has, and leaves that one its own", async () => {
    const name = testIds.packName(Date.now());
    const input = keys.packInput(name);
    await redis.set(input, "theirs");
    const jobIds: IdFactory["jobIds"] = (pack) => testIds.jobIds(pack);
    const { done } = packer({ ids: { packName: () => name, jobIds } }).add(large(), 64);
    assert.equal(await codeOf(done), "service_unavailable");
    assert.equal(await redis.get(input), "theirs");
    assert.equal(await redis.ttl(input), -1);
  });

  it("says why it refuses, to each job for itself", async () => {
    const key = (fingerprint: string) => ({ idempotency: { scope: "k", fingerprint } });
    const gateway = packer({ quota: quota({ tenantJobs: 2, laneJobs: 3 }) });
    const added = [
      packable(key("f1")),
      packable(key("f1")),
      packable(key("f2")),
      packable(),
      packable(),
      packable({ tenant: "other" }),
      packable({ tenant: "other" }),
    ].map((job) => gateway.add(job, 64));
    const codes = await Promise.all(added.map(async ({ done }) => codeOf(done)));
    assert.deepEqual(codes, [
      "accepted",
      "accepted",
      "idempotency_key_reused",
      "accepted",
      "quota_exceeded",
      "accepted",
      "queue_full",
    ]);
    assert.deepEqual(await added[1]?.done, { kind: "replayed", id: added[0]?.id });
  });

  it("a full lane refuses without leaving anything behind, however often it is asked", async () => {
    const gateway = packer({ quota: quota({ laneJobs: 1 }) });
    assert.equal(await codeOf(gateway.add(packable(), 64).done), "accepted");
    for (let i = 0; i < 20; i += 1) {
      assert.equal(
        await codeOf(gateway.add(i % 2 === 0 ? packable() : large(), 64).done),
        "queue_full",
      );
    }
    assert.equal((await redis.keys(keys.pack("*"))).length, 1);
    assert.equal(await redis.llen(keys.ready(lane)), 1);
    await hasShifts(1);
  });

  it("is not held up by a shift that cannot be added", async () => {
    await redis.set(shiftsKey, "not a list, so that BullMQ fails");
    await assert.rejects(new Shifts(redis).add(lane), /WRONGTYPE/);
    assert.equal(await codeOf(packer().add(packable(), 64).done), "accepted");
  });

  it("says that nothing was stored while Redis is away, or when Redis refused", async () => {
    const away = new Redis({ lazyConnect: true });
    for (const job of [packable(), large()]) {
      const { done } = packer({ redis: away }).add(job, 64);
      assert.equal(await codeOf(done), "service_unavailable");
    }
    await redis.config("SET", "maxmemory", "1mb");
    try {
      for (const job of [packable(), large()]) {
        assert.equal(await codeOf(packer().add(job, 64).done), "service_unavailable");
      }
      assert.deepEqual(await redis.keys("*"), []);
    } finally {
      await redis.config("SET", "maxmemory", "0");
    }
  });

  it("takes up again what is alike, however little of it comes, as soon as Redis is back", async (t) => {
    const client = new Redis({ ...connection(server.port), lazyConnect: true });
    t.after(() => client.disconnect());
    const gateway = packer({ redis: client });
    for (let i = 0; i < 3; i += 1) {
      assert.equal(await codeOf(gateway.add(packable(), 64).done), "service_unavailable");
    }
    await client.connect();
    assert.equal(await codeOf(gateway.add(packable(), 64).done), "accepted");
  });

  it("says which job it may be when the reply is lost", async () => {
    const link = await Link.to(server.port);
    await using _ = link;
    const client = new Redis({ ...connection(link.port), maxRetriesPerRequest: 0 });
    client.on("error", () => {});
    await client.ping();
    const gateway = packer({ redis: client });
    await gateway.add(packable(), 64).done;
    link.loseReplies("m@1", 1);
    const { id, done } = gateway.add(packable(), 64);
    const error = await done.catch((reason: unknown) => reason);
    assert.ok(error instanceof ScoringError);
    assert.equal(error.code, "acceptance_unknown");
    assert.deepEqual(error.members, { job_id: id });
    await until("it is there all the same", async () => {
      return (await redis.exists(keys.pack(packOf(id)))) === 1;
    });
    client.disconnect();
  });

  it("lets what a lost claim leaves behind go by itself", async () => {
    const link = await Link.to(server.port);
    await using _ = link;
    const client = new Redis({ ...connection(link.port), maxRetriesPerRequest: 0 });
    client.on("error", () => {});
    await client.ping();
    link.loseReplies(":in", 1);
    const { id, done } = packer({ redis: client }).add(large(), 64);
    assert.equal(await codeOf(done), "service_unavailable");
    const ttl = await redis.ttl(keys.packInput(packOf(id)));
    assert.ok(ttl > 0 && ttl <= CLAIM_SECONDS);
    client.disconnect();
  });

  function connection(port: number): {
    host: string;
    port: number;
    username: string;
    password: string;
  } {
    const { username, password } = new URL(server.url);
    return { host: "127.0.0.1", port, username, password };
  }
});
