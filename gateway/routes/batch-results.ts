import type { Context } from "hono";
import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import { parsePlace, resultText, type ResultQuery } from "../batch/results.ts";
import { readQuery } from "../body/query.ts";
import type { GatewayServices } from "../services.ts";
import { batchIdOf, orBatchGone } from "./find-batch.ts";

const terminal = ["succeeded", "failed", "canceled", "expired"] as const;

/** Query of `GET /v1/batches/{id}/results`. */
export const resultsQuerySchema = z.strictObject({
  order: z
    .enum(["index", "completion"])
    .default("index")
    .describe("As they were sent, or as they ended."),
  status: z.enum(terminal).optional().describe("Only items that ended so."),
  after: z.string().optional().describe("`next` of the last line that was read before."),
  limit: z.coerce.number().int().min(1).optional().describe("Lines at most; all when not said."),
});

/** `GET /v1/batches/{id}/results`: a line of JSON for each item that has ended, also while it runs. */
export async function batchResults(c: Context, services: GatewayServices): Promise<Response> {
  const { batches } = services;
  const batch = orBatchGone(c, await batches.read(batchIdOf(c, services)));
  const query = queryOf(readQuery(resultsQuerySchema, c.req.query()));
  const text = resultText(batch, query, batches);
  return new Response(ReadableStream.from(encoded(text)), {
    headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" },
  });
}

async function* encoded(texts: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

/** @throws {ScoringError} `invalid_input` for a cursor that is none of this order */
function queryOf({
  order,
  status,
  after,
  limit = Number.MAX_SAFE_INTEGER,
}: z.infer<typeof resultsQuerySchema>): ResultQuery {
  const from = after === undefined ? { chunk: 0, line: 0 } : parsePlace(order, after);
  if (from !== undefined) return { order, status, limit, from };
  throw new ScoringError("invalid_input", "?after= is not a cursor of these results.", {
    faults: [{ detail: `is not a cursor in the order of ${order}`, parameter: "after" }],
  });
}
