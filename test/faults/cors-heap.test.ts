import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { it } from "node:test";
import { collectedHeapBytes, INSPECTED } from "../support/inspector.ts";
import { System } from "../support/system.ts";

/** 200,000 with `REQUESTS=200000`: as many as show it best, and more than every run can wait for. */
const REQUESTS = Number(process.env["REQUESTS"] ?? 40_000);
const AT_ONCE = 32;
/** Requests after which all that is kept of them is there: paths, time series, buffers. */
const SETTLED = 10_000;
/** What a collection leaves now and then; 200,000 requests left 150 KB. */
const GROWTH_BYTES_MAX = 800_000;
const ORIGIN = "https://shop.example";

/** Hono's own middleware is reported to keep something of each (honojs/node-server#269). */
it("a gateway keeps nothing of requests of pages of another origin", async (t) => {
  await using system = await System.bare({ CORS_ORIGINS: ORIGIN, LOG_LEVEL: "info" });
  const { role, url } = await system.gateway({ env: INSPECTED });
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const one = async (isPreflight: boolean): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const headers = isPreflight
      ? { origin: ORIGIN, "access-control-request-method": "POST" }
      : { origin: ORIGIN };
    const [method, path] = isPreflight ? ["OPTIONS", "/v1/models/any/jobs"] : ["GET", "/healthz"];
    request(`${url}${path}`, { agent, method, headers }, (response) => {
      assert.equal(response.statusCode, isPreflight ? 204 : 200);
      assert.equal(response.headers["access-control-allow-origin"], ORIGIN);
      response.resume().on("end", resolve).on("error", reject);
    })
      .on("error", reject)
      .end();
    await promise;
  };
  let left = 0;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await one(left % 2 === 0);
    }
  };
  const send = async (count: number): Promise<number> => {
    left = count;
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    return collectedHeapBytes(role);
  };
  const before = await send(SETTLED);
  const after = await send(REQUESTS);
  agent.destroy();
  t.diagnostic(`heap ${before} bytes after ${SETTLED} requests, ${after} after ${REQUESTS} more`);
  assert.ok(after - before < GROWTH_BYTES_MAX, `grew by ${after - before} bytes`);
});
