import { GatewayMetrics } from "../../gateway/http/metrics.ts";
import { WorkerMetrics } from "../../worker/score/metrics.ts";

/**
 * What counting costs, in CPU time of this process: `node test/bench/metrics.ts`. The least of
 * several rounds, since what disturbs only adds. For the share of a whole request, set it against
 * the CPU a request of `npm run bench`; `--against` compares whole systems on a quiet machine.
 */
const ROUNDS = 15;
const TIMES = 20_000;
const SCRAPES = 50;

const lane = { model: "faq-javascript@1", class: "interactive" } as const;
const phases = {
  queue_ms: 1.5,
  batch_wait_ms: 0.4,
  decode_ms: 0.2,
  inference_ms: 0.7,
  total_ms: 4,
};
const ran = { ...phases, batch_size: 8, provider: "cpu", cold_start: false };
const outcome = { status: "succeeded", body: "{}", metrics: ran } as const;
const result = { decodeMs: 0.2, inferenceMs: 0.7 };
const ROWS = 8;

async function main(): Promise<void> {
  const gateway = new GatewayMetrics();
  const worker = new WorkerMetrics();
  const route = "/v1/models/{model}/jobs";
  const request = await least(TIMES, () => {
    const count = gateway.submission(lane.model, undefined);
    count.read(lane);
    count.accepted();
    gateway.requestAnswered({ route, method: "POST", status: 200, seconds: 0.004 });
  });
  const job = await least(TIMES, () => worker.jobSettled(lane, outcome, undefined));
  const batch = await least(TIMES, () => worker.batchRan(lane, ROWS, result));
  for (let i = 0; i < 24; i++) {
    const labels = { route: `/v1/route/${i}`, method: "GET" };
    gateway.requestAnswered({ ...labels, status: 200, seconds: 0.004 });
  }
  const scrape = await least(SCRAPES, async () => gateway.text());
  process.stdout.write(
    [
      `gateway, a create:      ${request.toFixed(2)} µs`,
      `worker, a job:          ${job.toFixed(2)} µs`,
      `worker, a tensor batch: ${batch.toFixed(2)} µs`,
      `a scrape, 25 routes:    ${(scrape / 1000).toFixed(2)} ms`,
      "",
    ].join("\n"),
  );
}

/** @returns CPU µs of one call, of the round that took least */
async function least(times: number, call: () => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i++) {
      const end = call();
      if (end instanceof Promise) await end;
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / times);
  }
  return Math.min(...rounds);
}

await main();
