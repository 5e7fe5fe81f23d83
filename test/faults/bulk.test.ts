import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys } from "../support/redis-keys.ts";
import { BulkClient } from "../support/bulk/client.ts";
import { Mayhem } from "../support/bulk/mayhem.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

/**
 * Small in the suite. All that is promised, with figures:
 *
 *     node test/bench/bulk.ts --rows 1000000 --kills 10
 */
const ROWS = Number(process.env["ROWS"] ?? 6000);
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const WORKERS_KILLED = 3;
const SPREAD_MS = 6000;

describe(`a batch of ${ROWS} rows while processes are killed`, () => {
  it("has each row once, as ONNX Runtime itself scores it", async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    await using system = await System.bare();
    const mayhem = await Mayhem.start(system, SEED);
    const client = new BulkClient(() => mayhem.url);
    await mayhem.addWorker();
    mayhem.rage(1, { workers: WORKERS_KILLED, spreadMs: SPREAD_MS });
    const id = await client.submitWine(ROWS);
    const hasEnded = async (): Promise<boolean> => {
      const { status, counts } = await client.get(id);
      const { total, ...rest } = counts;
      assert.equal(
        Object.values(rest).reduce((sum, count) => sum + count, 0),
        total,
      );
      return status === "completed";
    };
    await until("it has ended", hasEnded, 600_000);
    await mayhem.calm();
    const { counts } = await client.get(id);
    assert.equal(counts.succeeded, ROWS, JSON.stringify(counts));
    const { worst } = await client.checkWine(id, ROWS);
    assert.ok(worst <= 1e-4, `differs by ${worst}`);
    const lane = { model: "wine@1", class: "bulk" } as const;
    const left = await system.redis
      .client()
      .exists(keys.outstanding(lane), keys.load(lane), keys.ready(lane));
    assert.equal(left, 0);
    t.diagnostic(mayhem.told());
  });
});
