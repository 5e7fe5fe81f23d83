import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import {
  claimCapture,
  commitCapture,
  readCaptured,
  readCaptureState,
  readPlaces,
  type Commit,
} from "../../shared/capture/captures.ts";
import { readCapturedPack } from "../../shared/capture/captured-pack.ts";
import { packRows } from "../../shared/job/payload.ts";
import { createLogger } from "../../shared/log.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { labelJob, readAccuracy, type Rightness } from "../../shared/pack/label.ts";
import { Run } from "../../shared/pack/run.ts";
import { atTime } from "../../shared/redis/script.ts";
import { testIds } from "../support/jobs.ts";
import { outcomes, putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { sendAgain, sendingBy, type Command } from "../support/sending.ts";

const lane = { model: "m@1", class: "interactive" } as const;
const NOW = 1_000_000;
const HELLO = packRows([Buffer.from("hello")]);
const hold = { owner: "c1", leaseMs: 15_000 };

describe("a script of capture that is run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  let last: Command;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const clients = new Map<number, Redis>();
  const at = (ms: number): Redis => {
    const client = clients.get(ms) ?? atTime(redis, ms);
    clients.set(ms, client);
    return client;
  };
  const claim = async (owner = "c1", atMs = NOW) => claimCapture(at(atMs), { ...hold, owner });
  const commit = async (more: Partial<Commit>, atMs = NOW) =>
    commitCapture(at(atMs), { ...hold, term: 1, places: [], taken: [], ...more });
  /** A pack that is captured and ends like this, by a worker's turn. @returns its name */
  const end = async (letters: string, marks = "io", payload = HELLO): Promise<string> => {
    const name = await putPack(redis, lane, { jobs: letters.length, nowMs: NOW, payload });
    if (payload !== HELLO) {
      await redis.hdel(keys.pack(name), "i");
      await redis.set(keys.packInput(name), payload);
    }
    await redis.hset(keys.pack(name), "vi", `faq blue ${marks}`.trim());
    const noting = sendingBy(redis, async (command, once) => {
      last = command;
      return once();
    });
    const shifts = { add: async (): Promise<void> => {} };
    const logger = createLogger("worker", "silent");
    const run = new Run({ redis: atTime(noting, NOW), shifts, leaseMs: 4000, logger });
    await run.turn({ lane, rows: 32, woken: true }, []);
    await run.turn(undefined, [{ pack: name, attempt: 1, first: 0, outcomes: outcomes(letters) }]);
    return name;
  };
  const inputsOf = async (name: string) => redis.hstrlen(keys.pack(name), "i");

  it("claim: one courier at a time, and each change of hands is another term", async () => {
    await runTwice(redis, async () => claim());
    assert.equal(await claim(), 1);
    await runTwice(redis, async () => claim("c2", NOW + 14_999));
    assert.equal(await claim("c2", NOW + 14_999), 0);
    await runTwice(redis, async () => claim("c2", NOW + 15_000));
    assert.equal(await claim("c2", NOW + 15_000), 2);
    assert.equal(await claim("c1", NOW + 40_000), 3);
  });

  it("turn: a captured pack that has ended waits for the courier, with its inputs", async () => {
    await claim();
    const name = await end("SFS");
    const entries = await readCaptured(redis, 10);
    assert.deepEqual(
      entries.map(({ pack, attempt, jobs, bytes }) => ({ pack, attempt, jobs, bytes })),
      [{ pack: name, attempt: 1, jobs: 3, bytes: await inputsOf(name) }],
    );
    await sendAgain(redis, last);
    assert.deepEqual(await readCaptured(redis, 10), entries);
  });

  it("turn: without inputs to write, or a courier with a folder, nothing is kept", async () => {
    const unheard = await end("S");
    await claim();
    const outputs = await end("S", "o");
    for (const name of [unheard, outputs]) assert.equal(await inputsOf(name), 0);
    const state = await readCaptureState(redis);
    assert.deepEqual([state.unheard, state.bytes, state.full], [1, 0, 0]);
    assert.deepEqual(
      (await readCaptured(redis, 10)).map(({ pack, bytes }) => [pack, bytes]),
      [[outputs, 0]],
    );
  });

  it("turn: what there is no room for is dropped and counted, never refused", async () => {
    await claim();
    await redis.hset(keys.capture, "b", 64 * 1024 * 1024);
    const name = await end("SS");
    assert.equal(await redis.hget(keys.pack(name), "s"), "SS");
    assert.deepEqual(await readCaptured(redis, 10), []);
    assert.equal((await readCaptureState(redis)).full, 2);
  });

  it("commit: takes what is written off the stream, and its inputs out of Redis", async () => {
    await claim();
    const name = await end("SF");
    const [entry] = await readCaptured(redis, 10);
    assert.ok(entry);
    const places = [{ path: "faq/blue/a.ndjson", before: 0, now: 700 }];
    const taken = [{ entry, written: 3, gone: 1, unreadable: 0 }];
    await runTwice(redis, async () => commit({ places, taken }));
    assert.deepEqual(await readCaptured(redis, 10), []);
    assert.equal(await inputsOf(name), 0);
    assert.equal(await redis.hexists(keys.pack(name), "i1"), 1, "for a retry");
    const { written, gone, bytes } = await readCaptureState(redis);
    assert.deepEqual([written, gone, bytes], [3, 1, 0]);
    assert.deepEqual(await readPlaces(redis), new Map([["faq/blue/a.ndjson", 700]]));
    await commit({ places: [{ path: "faq/blue/a.ndjson", before: 700, now: -1 }] });
    assert.equal((await readPlaces(redis)).size, 0);
  });

  it("turn and commit: a large input stays in its own key until it is written", async () => {
    await claim();
    const payload = packRows([Buffer.alloc(10_000)]);
    const keysLeft = [];
    for (const letters of ["S", "F"]) {
      const name = await end(letters, "i", payload);
      const [entry] = await readCaptured(redis, 10);
      assert.ok(entry);
      assert.equal(entry.bytes, payload.length);
      const pack = await readCapturedPack(redis, name);
      assert.ok(pack !== undefined && pack !== "running");
      assert.deepEqual(
        pack.jobs.map((job) => job.payload),
        [payload],
      );
      await runTwice(redis, async () =>
        commit({ taken: [{ entry, written: 1, gone: 0, unreadable: 0 }] }),
      );
      keysLeft.push(await redis.exists(keys.packInput(name)));
    }
    assert.deepEqual(keysLeft, [0, 1], "that of a failed job is for its retry");
  });

  it("commit: of one that lost its lease, or whose file is not as it was, nothing", async () => {
    await claim();
    await end("S");
    const [entry] = await readCaptured(redis, 10);
    assert.ok(entry);
    const taken = [{ entry, written: 2, gone: 0, unreadable: 0 }];
    await redis.hset(keys.captureFiles, "a", 10);
    const places = [{ path: "a", before: 20, now: 30 }];
    assert.equal(await commit({ places, taken }), "lost");
    await claim("c2", NOW + 20_000);
    assert.equal(await commit({ taken }, NOW + 20_000), "lost");
    assert.deepEqual(await readCaptured(redis, 10), [entry]);
  });

  it("label: is kept with its job and written once, and goes with it", async () => {
    await claim();
    const name = await end("SS");
    const id = testIds.jobId(name, 1, "default");
    const of = { model: "m@1", via: { endpoint: "faq", variant: "blue" } };
    const accuracy = async () =>
      readAccuracy(redis, { endpoint: "faq", variant: "blue", model: "m@1" });
    const label = async (text: string, outcome: Rightness = "wrong", tenant = "default") =>
      (await labelJob(at(NOW), { job: { id, tenant, ...of }, label: text, outcome })).verdict;
    await runTwice(redis, async () => label('"yes"'));
    assert.equal(await label('"yes"'), "same");
    const [, ...labels] = await readCaptured(redis, 10);
    assert.deepEqual(
      labels.map(({ pack, bytes, label: one }) => [pack, bytes, one]),
      [[name, 0, { index: 1, text: '"yes"' }]],
    );
    assert.deepEqual(await accuracy(), { right: 0, wrong: 1 });
    await runTwice(redis, async () => label('"no"', "right"));
    assert.deepEqual(await accuracy(), { right: 1, wrong: 0 }, "it took the place of the other");
    assert.equal(await redis.xlen(keys.captures), 3);
    assert.equal(await label('"no"', "right", "stranger"), "missing");
    await eraseJob(redis, id, "default");
    assert.equal(await redis.hexists(keys.pack(name), "lb1"), 0);
    assert.equal(await label('"no"'), "missing");
  });

  it("label: of a job that nothing captures, or that has not ended, nothing is written", async () => {
    const open = await putPack(redis, lane, { nowMs: NOW });
    const ended = await end("S", "");
    const of = async (name: string) => {
      const id = testIds.jobId(name, 0, "default");
      const job = { id, tenant: "default", model: "m@1", via: undefined };
      return (await labelJob(at(NOW), { job, label: "1", outcome: "unknown" })).verdict;
    };
    assert.deepEqual([await of(open), await of(ended)], ["open", "labeled"]);
    assert.deepEqual(await readCaptured(redis, 10), []);
  });

  it("commit: what was retried since keeps its input", async () => {
    await claim();
    const name = await end("F");
    const [entry] = await readCaptured(redis, 10);
    assert.ok(entry);
    await redis.hset(keys.pack(name), "s", "W", "a", "2");
    await commit({ taken: [{ entry, written: 0, gone: 0, unreadable: 0 }] });
    assert.notEqual(await inputsOf(name), 0);
  });
});
