import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { contractOf } from "../../shared/model/manifest.ts";
import type { Lane } from "../../shared/lane.ts";
import { runBatch } from "../../worker/runner/run-batch.ts";
import { runBlock } from "../../worker/runner/run-block.ts";
import { Sessions, type LoadedModel } from "../../worker/runner/sessions.ts";
import { childrenOf } from "../bench/measure/processes.ts";
import { linesOf, queueBatch } from "../support/queued-batch.ts";
import { keys } from "../support/redis-keys.ts";
import { readManifest } from "../support/score.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const FOLDER = resolve("models/wine/1");
const LANE: Lane = { model: "wine@1", class: "bulk" };
const COUNT = 300;

const goldenSchema = z.object({ cases: z.array(z.object({ input: z.unknown() })) });
const golden = goldenSchema.parse(JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")));
const contract = contractOf(readManifest(FOLDER));
const known = golden.cases.map(({ input }) => contract.input.parse(input));
const rows = Array.from({ length: COUNT }, (_, i) => known[i % known.length] ?? Buffer.alloc(0));
const block = { rows: Buffer.concat(rows), count: COUNT, batchRows: 64, parameters: {} };

describe("a block of rows", () => {
  const sessions = new Sessions();
  let model: LoadedModel;
  before(async () => {
    await sessions.load(FOLDER);
    model = await sessions.get(FOLDER);
  });
  after(async () => sessions.unload(FOLDER));

  it("is scored as its rows are, a tensor batch at a time, with the same text", async () => {
    const sizes: number[] = [];
    const counted: LoadedModel = {
      ...model,
      run: async (inputs) => {
        sizes.push(inputs["features"]?.dims[0] ?? 0);
        return model.run(inputs);
      },
    };
    const { outputs, runs, failures } = await runBlock(counted, block, () => {});
    const wanted = await runBatch(
      model,
      rows,
      rows.map(() => ({})),
    );
    assert.deepEqual(String(outputs).split("\n"), wanted.outputs.map(String));
    assert.deepEqual(failures, []);
    assert.deepEqual(sizes, [64, 64, 64, 64, 44]);
    assert.deepEqual(
      runs.map(({ rows: own, runRows }) => [own, runRows]),
      sizes.map((size) => [size, size]),
    );
  });

  it("fails where a row does, and nowhere else", async () => {
    // The model is made to throw at any tensor batch that has row 100 in it.
    const bad = rows.map((row, i) => (i === 100 ? Buffer.alloc(row.length, 0xff) : row));
    const throwing: LoadedModel = {
      ...model,
      run: async (inputs) => {
        const data = inputs["features"]?.data;
        if (data instanceof Float32Array && data.some(Number.isNaN)) throw new Error("bad row");
        return model.run(inputs);
      },
    };
    // Its first byte says which form it has.
    bad[100]?.writeUInt8(0, 0);
    const { outputs, failures } = await runBlock(
      throwing,
      { ...block, rows: Buffer.concat(bad) },
      () => {},
    );
    assert.deepEqual(
      failures.map(([row, { code }]) => [row, code]),
      [[100, "model_error"]],
    );
    const texts = String(outputs).split("\n");
    assert.equal(texts.length, COUNT);
    assert.deepEqual(
      texts.flatMap((text, i) => (text === "" ? [i] : [])),
      [100],
    );
  });
});

describe("a chunk of rows of one length", () => {
  const item = (i: number) => ({
    customId: `r${i}`,
    parameters: undefined,
    row: rows[i] ?? Buffer.alloc(0),
  });
  const items = rows.map((_, i) => item(i));

  it("is scored whole when its runner dies with it in hand", async () => {
    await using system = await System.bare({ WORKER_MODELS: "wine", WORKER_SLOTS: "1" });
    const redis = system.redis.client();
    const worker = await system.worker();
    const [runner] = childrenOf(worker.pid);
    assert.ok(runner !== undefined);
    process.kill(runner, "SIGSTOP");
    const batch = await queueBatch(redis, LANE, [items]);
    await until("it is taken", async () => (await redis.hget(keys.batch(batch), "rn")) === "300");
    process.kill(runner, "SIGKILL");
    const lines = await linesOf(redis, `${batch}/0`);
    assert.deepEqual(
      lines.map(({ index, custom_id: id, status }) => [index, id, status]),
      items.map((_, i) => [i, `r${i}`, "succeeded"]),
    );
    assert.ok(lines.every(({ metrics }) => (metrics?.batch_size ?? 0) <= 64));
    assert.equal(worker.hasExited, false);
  });
});
