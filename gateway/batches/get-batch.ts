import type { Context } from "hono";
import { batchAnswer } from "./batch-answer.ts";
import { batchEtag } from "./batch-json.ts";
import { readPreference } from "../http/prefer.ts";
import type { GatewayServices } from "../services.ts";
import { batchIdOf, orBatchGone } from "./find-batch.ts";

/** `GET /v1/batches/{id}`: the batch as it is, or as it is once it has ended. */
export async function getBatch(c: Context, services: GatewayServices): Promise<Response> {
  const { batchWaiter, waits } = services;
  const id = batchIdOf(c, services);
  const preference = readPreference(c.req.header("prefer"), c.req.query("wait"), waits);
  const watch = batchWaiter.watch(id);
  try {
    const { signal } = c.req.raw;
    const options = { waitMs: preference.waitMs, isCreator: false, takes: false, signal };
    const batch = orBatchGone(c, await batchWaiter.wait(id, watch, options));
    const answer = batchAnswer(batch, 200, { preference: { ...preference, isMinimal: false } });
    if (c.req.header("if-none-match") !== batchEtag(batch)) return answer;
    answer.headers.delete("content-type");
    return new Response(null, { status: 304, headers: answer.headers });
  } finally {
    watch.close();
  }
}
