import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { cli, startCli } from "../support/cli.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const percentiles = z.strictObject({
  mean: z.number(),
  p50: z.number(),
  p90: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});
const reportSchema = z.strictObject({
  model: z.string(),
  clients: z.int().optional(),
  rate: z.number().optional(),
  seconds: z.number(),
  requests: z.int(),
  succeeded: z.int(),
  per_second: z.number(),
  rows_per_second: z.number(),
  latency_ms: percentiles.nullable(),
  phases_ms: z
    .strictObject({
      queue: percentiles,
      batch_wait: percentiles,
      decode: percentiles,
      inference: percentiles,
      settle: percentiles,
      http: percentiles,
    })
    .nullable(),
  batch_size: z.number(),
  slots_busy: z.number(),
  errors: z.record(z.string(), z.int()),
  advice: z
    .strictObject({
      text: z.string(),
      slots: z.int().nullable(),
      replicas: z.int().nullable(),
      redis_bytes: z.number(),
    })
    .optional(),
});

const SHORT = ["--seconds", "1"];

describe("scoreline bench", () => {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-bench-"));
  let system: System & { url: string };
  let env: Readonly<Record<string, string>>;
  before(async () => {
    system = await System.start();
    env = { SCORELINE_API_KEY: system.key };
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const bench = async (args: readonly string[], url = system.url): ReturnType<typeof cli> =>
    cli(["bench", ...args, "--url", url], env);
  const report = async (
    args: readonly string[],
    url = system.url,
  ): Promise<z.infer<typeof reportSchema>> => {
    const { out, err } = await bench([...args, "--json"], url);
    assert.notEqual(out, "", err);
    return reportSchema.parse(JSON.parse(out));
  };

  it("measures the version's own examples, and where their time went", async () => {
    const {
      latency_ms: all,
      phases_ms: phases,
      ...others
    } = await report(["wine", "--clients", "4", ...SHORT, "--target", "1000000"]);
    assert.deepEqual([others.model, others.clients, others.errors], ["wine@1", 4, {}]);
    assert.ok(others.succeeded > 0 && others.succeeded === others.requests, `${others.succeeded}`);
    assert.ok(all !== null && phases !== null);
    assert.ok(all.p50 <= all.p90 && all.p90 <= all.p99 && all.p99 <= all.max);
    const sum = Object.values(phases).reduce((ms, { mean }) => ms + mean, 0);
    assert.ok(sum >= all.mean - 0.01, `${sum} ms of ${all.mean}`);
    assert.ok(others.batch_size >= 1 && others.slots_busy > 0);
    assert.ok(
      Number(others.advice?.replicas) > 1 && Number(others.advice?.slots) > 1,
      others.advice?.text,
    );
  });

  it("sends inputs of one's own, at a rate, and prints a table", async () => {
    const file = join(folder, "question.json");
    writeFileSync(file, '{"text":"what is a closure"}');
    const inputs = [file, "how do i clone an array"];
    const { code, out } = await bench(["faq-javascript", ...inputs, "--rate", "20", ...SHORT]);
    assert.equal(code, 0);
    assert.match(out, /^faq-javascript@1, 20 jobs a second\n\d+ of \d+ succeeded in /);
    assert.match(out, /^MS +MEAN +P50 +P90 +P95 +P99 +MAX\nanswer +\d/m);
    assert.match(out, /^Advice: batches held [\s\S]* of\sRedis\.$/m);
  });

  it("counts what did not succeed by its code", async () => {
    const full = await system.gateway({ env: { OUTSTANDING_MAX: "1" } });
    const { errors, succeeded } = await report(["wine", "--clients", "8", ...SHORT], full.url);
    assert.deepEqual(Object.keys(errors), ["queue_full"]);
    assert.ok(succeeded > 0);
  });

  it("measures nothing where an input is not scored", async () => {
    const { code, out, err } = await bench(["wine", "a text", ...SHORT]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^scoreline: wine@1 takes no texts\. /);
  });

  it("prints what there is when it is ended", async () => {
    const args = ["bench", "wine", "--seconds", "600", "--url", system.url];
    const child = startCli(args, env);
    let [out, err] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
    await until("it says how far it is", () => err.includes(" scored, "));
    child.kill("SIGINT");
    const [code]: unknown[] = await once(child, "close");
    assert.equal(code, 0, err);
    assert.match(out, /^wine@1, 16 clients\n(\d+) of \1 succeeded in /);
  });

  it("says what makes no sense", async () => {
    const { code, err } = await bench(["wine", "--clients", "0"]);
    assert.equal(code, 2);
    assert.match(err, /^scoreline: --clients 0 is no number above 0 and up to 1000$/m);
  });
});
