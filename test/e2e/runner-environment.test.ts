import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { childrenOf } from "../bench/measure/processes.ts";
import { System } from "../support/system.ts";

const MARKER = "marker-7f3a9c";

describe("a runner's environment", () => {
  it("is a list of variables: no password, key or setting of its worker", async () => {
    await using system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const secrets = { SCORELINE_API_KEY: MARKER, AWS_SECRET_ACCESS_KEY: MARKER };
    const tuning = { SCRIPT_TABLES: "/mnt/tables", TZ: "Asia/Tokyo", OMP_NUM_THREADS: "1" };
    const worker = await system.worker({ env: { WORKER_SLOTS: "1", ...secrets, ...tuning } });
    const [runner] = childrenOf(worker.pid);
    const text = readFileSync(`/proc/${runner}/environ`, "utf8");
    for (const secret of [MARKER, "REDIS_URL", new URL(system.redis.urlOf("worker")).password]) {
      assert.ok(!text.includes(secret), `${secret} is in ${text.replaceAll("\0", "\n")}`);
    }
    const names = text.split("\0").flatMap((line) => line.split("=")[0] || []);
    assert.deepEqual(names.toSorted(), [
      "NODE_COMPILE_CACHE",
      "OMP_NUM_THREADS",
      "ORT_DISABLE_TELEMETRY",
      "PATH",
      "SCRIPT_TABLES",
      "TZ",
    ]);
    assert.ok(text.split("\0").includes("SCRIPT_TABLES=/mnt/tables"));
  });
});
