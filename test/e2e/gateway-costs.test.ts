import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { childrenOf } from "../bench/measure/processes.ts";
import { keyHeader } from "../support/client.ts";
import { cpuSeconds } from "../support/cpu.ts";
import { allocatedBytes, INSPECTED } from "../support/inspector.ts";
import { System } from "../support/system.ts";

/** After them V8 has compiled what it compiles. */
const WARM_UP = 1200;
/** One in 8 KiB is looked at: of so many requests, 1 % is chance. */
const REQUESTS = 1500;
/** As long as the longest period of its timers. */
const IDLE_MS = 5000;
/**
 * Bytes that a question, one at a time and answered in its request, allocates in the gateway's
 * heap. When it costs less, write the lower figure here; when more, know what for.
 */
const BYTES = 85_500;
const TOLERANCE = 0.05;

it("a request allocates in the gateway what the figure here says", async (t) => {
  await using system = await System.bare({ LOG_LEVEL: "info" });
  const { role: gateway, url } = await system.gateway({ env: INSPECTED });
  const worker = await system.worker();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = JSON.stringify({ input: { text: "how do i clone an array" } });
  const headers = {
    ...keyHeader(url),
    "content-type": "application/json",
    "content-length": body.length,
    prefer: "wait=30",
  };
  const one = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    request(
      `${url}/v1/models/faq-javascript/jobs`,
      { agent, method: "POST", headers },
      (answer) => {
        assert.equal(answer.statusCode, 200);
        answer.resume().on("end", resolve).on("error", reject);
      },
    )
      .on("error", reject)
      .end(body);
    await promise;
  };
  const send = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) await one();
  };
  await send(WARM_UP);

  const pids = {
    gateway: [gateway.pid],
    worker: [worker.pid],
    runners: childrenOf(worker.pid),
    redis: [system.redis.pid],
  };
  const spent = (): number[] =>
    Object.values(pids).map((each) => each.reduce((sum, pid) => sum + cpuSeconds(pid), 0));
  const before = spent();
  await send(REQUESTS);
  const cpu = spent().map((seconds, i) => (seconds - (before[i] ?? 0)) / REQUESTS);
  const measure = async (): Promise<number> => {
    // What else a gateway does, again and again, adds to the sum, the more the slower the machine is.
    const idle = (await allocatedBytes(gateway, async () => setTimeout(IDLE_MS))) / IDLE_MS;
    const startMs = performance.now();
    const allocated = await allocatedBytes(gateway, async () => send(REQUESTS));
    const each = (allocated - idle * (performance.now() - startMs)) / REQUESTS;
    const beside = `${(idle * 1000).toFixed(0)} a second without one`;
    t.diagnostic(`${each.toFixed(0)} bytes a request, ${beside}`);
    return each;
  };
  const isAsSaid = (each: number): boolean => Math.abs(each / BYTES - 1) <= TOLERANCE;
  let bytes = await measure();
  // On a busy machine more lies between the requests, and is not the same in each second.
  if (!isAsSaid(bytes)) bytes = await measure();
  agent.destroy();
  for (const [i, name] of Object.keys(pids).entries()) {
    t.diagnostic(`${name}: ${((cpu[i] ?? 0) * 1e6).toFixed(0)} µs of CPU a request`);
  }
  assert.ok(isAsSaid(bytes), `${bytes.toFixed(0)} bytes a request instead of ${BYTES}`);
});
