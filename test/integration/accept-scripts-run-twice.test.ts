import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { packRows } from "../../shared/job/payload.ts";
import type { Lane } from "../../shared/lane.ts";
import { accept, type Accepted, type NewPack } from "../../shared/pack/accept.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { quota } from "../support/jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

/** ioredis sends a command again when its reply was lost. */
describe("an accept that is run twice", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  /** The verdicts are the same both times, and nothing is changed the second time. */
  async function judgesTheSame(packs: readonly NewPack[], limits = {}): Promise<Accepted> {
    const answers: Accepted[] = [];
    await runTwice(redis, async () => {
      answers.push(await accept(redis, { lane, packs, quota: quota(limits) }));
    });
    const [first, second] = answers;
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(second.verdicts, first.verdicts);
    return second;
  }

  const kinds = ({ verdicts }: Accepted): string[] => verdicts.flat().map(({ kind }) => kind);

  it("of packs with and without a key of their own", async () => {
    const large = newPack(lane, [{ payload: packRows([Buffer.alloc(9000)]) }]);
    await redis.set(keys.packInput(large.name), "payload", "EX", 600);
    await judgesTheSame([newPack(lane, [{}, { metadata: "{}" }]), large]);
    assert.equal(await redis.llen(keys.load(lane)), 3);
  });

  it("asks for the shift again that may not have been added", async () => {
    const { arm } = await judgesTheSame([newPack(lane, [{}])]);
    assert.equal(arm, true);
  });

  it("of a pack of which some are refused, each for its own reason", async () => {
    const bound = { idempotency: { scope: "k", fingerprint: "f" } };
    await acceptPacks(redis, lane, [newPack(lane, [bound, { tenant: "full" }])]);
    const pack = newPack(lane, [
      { tenant: "a" },
      bound,
      { idempotency: { scope: "k", fingerprint: "other" } },
      { tenant: "full" },
      { text: "x".repeat(2000) },
      { tenant: "b", idempotency: { scope: "k2", fingerprint: "f" } },
    ]);
    const accepted = await judgesTheSame([pack], { tenantJobs: 1, laneBytes: 1000 });
    assert.deepEqual(kinds(accepted), [
      "accepted",
      "replayed",
      "key_reused",
      "tenant_full",
      "queue_full",
      "accepted",
    ]);
  });

  it("of a pack of which some have ended or moved out meanwhile", async () => {
    const pack = newPack(lane, [{}, {}, {}]);
    await acceptPacks(redis, lane, [pack]);
    await redis.hset(keys.pack(pack.name), "s", "SMD");
    const [again = []] = await acceptPacks(redis, lane, [pack], { laneJobs: 0 });
    assert.deepEqual(
      again.map(({ kind }) => kind),
      ["accepted", "accepted", "accepted"],
    );
    assert.equal(await redis.hget(keys.pack(pack.name), "s"), "SMD");
    assert.equal(await redis.llen(keys.load(lane)), 3);
  });

  it("together with another pack that is new", async () => {
    const first = newPack(lane, [{}, {}]);
    await acceptPacks(redis, lane, [first]);
    const accepted = await judgesTheSame([first, newPack(lane, [{}])]);
    assert.deepEqual(
      accepted.verdicts.flat().map((one) => one.kind === "accepted" && one.ahead),
      [0, 1, 2],
    );
    assert.equal(await redis.llen(keys.load(lane)), 3);
  });
});
