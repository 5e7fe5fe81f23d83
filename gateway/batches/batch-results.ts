import { z } from "zod";
import { badParameter, ScoringError } from "../../shared/error.ts";
import type { Manifest } from "../../shared/model/manifest.ts";
import type { Registry } from "../../shared/model/registry.ts";
import { csvResults } from "./csv-results.ts";
import { parseCursor, resultParts, resultText, type ResultQuery } from "./results.ts";
import { streamed } from "../http/event-stream.ts";
import { readQuery } from "../http/query.ts";
import { readBatch, type Finds } from "./get-batch.ts";
import type { BatchServices } from "./services.ts";
import type { Handler } from "../http/openapi/operation.ts";

const terminal = ["succeeded", "failed", "canceled", "expired"] as const;

/** Query of `GET /v1/batches/{id}/results`. */
export const resultsQuerySchema = z.strictObject({
  order: z
    .enum(["index", "completion"])
    .default("index")
    .describe("In the order they were sent, or in the order they ended."),
  status: z.enum(terminal).optional().describe("Only items with this status."),
  after: z.string().optional().describe("`next` of the previous answer's last line."),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe("Maximum number of lines; default: all."),
});

/**
 * `GET /v1/batches/{id}/results`: a line of JSON for each item that has ended, also while it runs; a
 * record of CSV for whoever asks for that.
 */
export const batchResults: Handler<Finds & Pick<BatchServices, "registry">> = async (
  c,
  services,
) => {
  const { batches, registry } = services;
  const batch = await readBatch(c, services);
  const query = queryOf(readQuery(resultsQuerySchema, c.req.query()));
  const parts = await begun(resultParts(batch, query, batches));
  const isCsv = prefersCsv(c.req.header("accept"));
  const text = isCsv
    ? csvResults(parts, manifestOf(batch.model, registry), query.order)
    : resultText(parts);
  const type = isCsv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
  return new Response(streamed(text), {
    headers: { "content-type": type, "cache-control": "no-store" },
  });
};

/** The same, once the first of it is there: what fails until then is answered with a problem. */
async function begun<T>(parts: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = await parts.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* parts;
  })();
}

/** Whether CSV comes first among the types we have. */
function prefersCsv(accept = ""): boolean {
  const types = accept.split(",").map((range) => range.split(";")[0]?.trim().toLowerCase());
  return (
    types.find((type) => type === "text/csv" || type === "application/x-ndjson") === "text/csv"
  );
}

/**
 * @throws {ScoringError} `not_acceptable` when the version has been removed, and its columns with
 * it
 */
function manifestOf(model: string, registry: Registry): Manifest {
  const version = registry.find(model);
  if (version !== undefined) return version.manifest;
  const message = `${model} is no longer available, so its columns are unknown; use application/x-ndjson.`;
  throw new ScoringError("not_acceptable", message);
}

/** @throws {ScoringError} `invalid_input` for a cursor that is none of this order */
function queryOf({
  order,
  status,
  after,
  limit = Number.MAX_SAFE_INTEGER,
}: z.infer<typeof resultsQuerySchema>): ResultQuery {
  const from = after === undefined ? { chunk: 0, line: 0 } : parseCursor(order, after);
  if (from !== undefined) return { order, status, limit, from };
  const message = "?after= is not a cursor of these results.";
  throw badParameter("after", message, `is not a cursor in the order of ${order}`);
}
