import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { captureFields } from "../../shared/pack/capture.ts";
import { Run, type Settle } from "../../shared/pack/run.ts";
import { acceptPacks, newPack, type JobOfPack } from "../support/accepted.ts";
import { costOf, type Cost } from "../support/commands.ts";
import { outcomes } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("worker", "silent");

/** As many as a tensor batch of most models has rows. */
const JOBS = 32;
const many = (of: (index: number) => JobOfPack): readonly JobOfPack[] =>
  Array.from({ length: JOBS }, (_, index) => of(index));
/** Of one on a connection that listens, and its answer. */
const PING_BYTES = "*1\r\n$4\r\nping\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n".length;
const fixed = (index: number): string => String(index).padStart(4, "0");

/**
 * What it costs to accept them in one tick, and to take them with one turn that settles those of the tick
 * before: commands, those inside scripts included, and bytes to and from Redis. A change that makes
 * it cheaper or dearer is to be seen here: these are figures to lower, on purpose.
 */
const ticks: Readonly<Record<string, Cost & { readonly jobs: readonly JobOfPack[] }>> = {
  "one job": { jobs: [{}], commands: 44, scripts: 2, bytes: 1377 },
  "32 alike": {
    jobs: many(() => ({ parameters: `{"top_k":3}` })),
    commands: 44,
    scripts: 2,
    bytes: 3372,
  },
  "32 of as many tenants": {
    jobs: many((index) => ({ tenant: `tenant-${fixed(index)}` })),
    commands: 75,
    scripts: 2,
    bytes: 3759,
  },
  "32 with a key, parameters and metadata each": {
    jobs: many((index) => ({
      idempotency: { scope: `default:${fixed(index)}`, fingerprint: "f".repeat(22) },
      parameters: `{"top_k":3}`,
      metadata: `{"row":"${fixed(index)}"}`,
    })),
    commands: 77,
    scripts: 2,
    bytes: 6790,
  },
  "32 with a trace each": {
    jobs: many((index) => ({
      trace: `00-${"4b".repeat(16)}-${"7f".repeat(8)}-01 r-${fixed(index)}`,
    })),
    commands: 45,
    scripts: 2,
    bytes: 9331,
  },
  /** Beside those of 32 alike: what is captured, and that its inputs stay. */
  "32 that are captured": {
    jobs: many(() => ({ via: { endpoint: "e", variant: "v", captured: "io" } })),
    commands: 48,
    scripts: 2,
    bytes: 3370,
  },
};

describe("what a tick of jobs costs Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  let messages: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
    messages = server.client();
    await messages.subscribe(keys.settled("g1"), keys.wakes("w"));
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    // A courier writes what is captured.
    await redis.hset(keys.capture, captureFields.letters.heardUntilMs, Number.MAX_SAFE_INTEGER);
  });

  /** A worker that looks after the lane, and what it has to settle. */
  function worker(): () => Promise<void> {
    const shifts = { add: async (): Promise<void> => assert.fail("no shift is needed") };
    const run = new Run({ redis, shifts, listener: () => "w", leaseMs: 60_000, logger });
    let ends: readonly Settle[] = [];
    return async () => {
      const wanted = { lane, rows: 2 * JOBS, woken: true, attends: 2 * JOBS };
      const { packs } = await run.turn(wanted, ends);
      ends = packs.map(({ name, attempt, states }) => {
        return { pack: name, attempt, first: 0, outcomes: outcomes("S".repeat(states.length)) };
      });
    };
  }

  for (const [what, { jobs, ...cost }] of Object.entries(ticks)) {
    it(`${what}: as many commands and bytes as the table says`, async () => {
      const work = worker();
      await work();
      let ticksDone = 0;
      const tick = async (): Promise<void> => {
        const each = jobs.map((job) => ({
          waiter: "g1",
          ...job,
          ...(job.idempotency && {
            idempotency: { ...job.idempotency, scope: `${job.idempotency.scope}:${ticksDone}` },
          }),
        }));
        ticksDone += 1;
        await acceptPacks(redis, lane, [newPack(lane, each, { nonce: "n".repeat(16) })]);
        await work();
      };
      for (let i = 0; i < 3; i += 1) await tick();
      const { bytes, ...counted } = await costOf(redis, async () => {
        await tick();
        await messages.ping();
      });
      assert.deepEqual({ ...counted, bytes: bytes - PING_BYTES }, cost);
    });
  }
});
