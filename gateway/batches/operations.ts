import type { HeaderName } from "../http/openapi/headers.ts";
import { freshAnswer, json, routes, streamAnswers, unchanged } from "../http/openapi/operation.ts";
import {
  idempotencyParameter,
  ifNoneMatchParameter,
  lastEventIdParameter,
  queryParameters,
  traceParameters,
  waitParameters,
} from "../http/openapi/parameters.ts";
import { named, ref, type Answer } from "../http/openapi/parts.ts";
import { BAD_BODY, GONE } from "../http/openapi/problems.ts";
import { askedParameters } from "../routing/asked.ts";
import type { Room } from "../http/openapi/room.ts";
import { deliveryPage } from "../webhooks/examples.ts";
import { appendItems } from "./append-items.ts";
import * as get from "./get-batch.ts";
import {
  batchBodies,
  batchIdParameter,
  createBatchSchema,
  itemBodies,
  uploadPreferParameter,
} from "./batch-requests.ts";
import { batchResults, resultsQuerySchema } from "./batch-results.ts";
import * as schemas from "./batch-schema.ts";
import { createBatch } from "./create-batch.ts";
import * as examples from "./examples.ts";
import { cancelBatch, closeBatch, deleteBatch, retryBatch } from "./move-batch.ts";
import type { BatchServices } from "./services.ts";
import { itemSchema } from "./upload/item.ts";

const CREATED = ["BatchLocation", "Idempotent-Replayed", "Preference-Applied"] as const;
const common = { tag: "Batches", scope: "batches:*" } as const;
const route = routes(common);
const ofBatch = routes({ ...common, parameters: [batchIdParameter] });

const { endedBatch, openBatch, runningBatch, waitedBatch } = examples;

/** The batch as an answer. */
const batch = (
  description: string,
  shown: Readonly<Record<string, schemas.BatchObject>>,
  more: readonly HeaderName[] = [],
): Answer => json(description, "Batch", shown, [...more, "BatchETag"]);

/** Many inputs at once: upload, score and read them in bulk. */
export const batchesRoom: Room<BatchServices> = {
  answers: {
    Batch: schemas.batchObjectSchema,
    BatchList: schemas.batchListSchema,
    BatchResult: schemas.batchResultSchema,
    BatchResultsEnd: schemas.batchResultsEndSchema,
  },
  bodies: { BatchItem: itemSchema },
  schemas: () => ({
    CreateBatch: createBatchSchema(),
    BatchLine: { anyOf: [ref("BatchResult"), ref("BatchResultsEnd")] },
  }),
  operations: [
    route.post("/v1/batches", createBatch, {
      summary: "Score many inputs as one",
      description:
        "As lines of JSON, the first of which describes the batch, an upload may be of any size; " +
        "scoring starts after the last line. A bad line fails the whole upload and is named, " +
        "and no idempotency key is used up. An interrupted upload leaves the batch open: repeat the request " +
        "with its `Idempotency-Key` to learn its id, and continue at `items`. " +
        "A JSON body without `items` creates an open batch.",
      parameters: [
        uploadPreferParameter,
        ...waitParameters.slice(1),
        ...askedParameters,
        idempotencyParameter,
        ...traceParameters,
      ],
      body: { required: true, content: batchBodies() },
      answers: {
        200: batch(
          "It ended within the wait; up to 64 items are returned with their results.",
          { waited: waitedBatch },
          [...CREATED],
        ),
        202: batch(
          "It is accepted, or open for items. No body with `return=minimal`.",
          { open: openBatch, running: runningBatch },
          [...CREATED, "Retry-After"],
        ),
      },
      fails: [
        ...GONE,
        ...BAD_BODY,
        "batch_not_open",
        "idempotency_key_reused",
        "model_archived",
        "queue_paused",
        "webhook_url_rejected",
      ],
    }),
    route.post("/v1/batches/{id}/items", appendItems, {
      summary: "Append items to an open batch",
      description:
        "The first line of the body is item `from` of the batch. Items that it already has are " +
        "skipped, so an interrupted upload can be repeated from any point before the break.",
      parameters: [
        batchIdParameter,
        {
          name: "from",
          in: "query",
          required: true,
          description: "Index of the first item sent; at most `received`.",
          schema: { type: "integer", minimum: 0, examples: [0] },
        },
        uploadPreferParameter,
      ],
      body: { required: true, content: itemBodies() },
      answers: { 200: batch("The batch, with these items.", { filled: examples.filledBatch }) },
      fails: [...GONE, ...BAD_BODY, "batch_not_open", "items_out_of_place"],
    }),
    route.post("/v1/batches/{id}/close", closeBatch, {
      summary: "End the uploads and start scoring",
      description: "Repeating it does no harm.",
      parameters: [batchIdParameter, ...waitParameters],
      answers: {
        200: batch("It ended within the wait.", { waited: waitedBatch }, [
          "BatchLocation",
          "Preference-Applied",
        ]),
        202: batch("It is closed and still running.", { running: runningBatch }, [
          "BatchLocation",
          "Preference-Applied",
          "Retry-After",
        ]),
      },
      fails: [...GONE, "invalid_input", "batch_not_open"],
    }),
    route.get("/v1/batches/{id}", get.getBatch, {
      summary: "The batch; can wait for its end",
      parameters: [batchIdParameter, ...waitParameters, ifNoneMatchParameter],
      answers: {
        200: batch(
          "The batch, in any status.",
          {
            open: openBatch,
            running: runningBatch,
            ended: endedBatch,
            failed: examples.failedBatch,
          },
          ["Preference-Applied", "Retry-After"],
        ),
        304: unchanged(["Cache-Control", "BatchETag", "Preference-Applied", "Retry-After"]),
      },
      fails: [...GONE, "invalid_input"],
    }),
    route.get("/v1/batches/{id}/results", batchResults, {
      summary: "The outcome of each item as a line of JSON, even while the batch runs",
      description:
        "The last line is `BatchResultsEnd`: without it the answer was cut off, and with `next` there " +
        "is more to come. After a retry, `order=completion` repeats items that ended again.",
      parameters: [batchIdParameter, ...queryParameters(resultsQuerySchema.shape)],
      answers: {
        200: freshAnswer("The lines.", {
          "application/x-ndjson": {
            schema: { type: "string", description: "Each line is a `BatchLine`." },
            examples: named({ results: examples.resultLines }),
          },
          "text/csv": {
            schema: {
              type: "string",
              description: "For tabular models: one record per item, and an empty line at the end.",
            },
            examples: named({ results: examples.resultTable }),
          },
        }),
      },
      fails: [...GONE, "invalid_input", "not_acceptable", "unknown_field"],
    }),
    route.get("/v1/batches/{id}/events", get.batchEvents, {
      summary: "The batch now, then its progress until its end",
      description:
        "Server-sent events: `status` with the batch, at most four a second, `completed` with the " +
        "ended batch, or `error` with a problem when it is gone; the last two end the stream.",
      parameters: [batchIdParameter, lastEventIdParameter],
      answers: streamAnswers(examples.batchStream),
      fails: GONE,
    }),
    ofBatch.post("/v1/batches/{id}/cancel", cancelBatch, {
      summary: "Cancel the unfinished items of a batch",
      description: "Items that have ended stay, with their results. Repeating it does no harm.",
      answers: {
        202: batch("It is canceled, or being canceled.", { canceling: examples.cancelingBatch }, [
          "Retry-After",
        ]),
      },
      fails: [...GONE, "batch_ended"],
    }),
    ofBatch.post("/v1/batches/{id}/retry", retryBatch, {
      summary: "Queue the items that did not succeed again",
      description: "The batch must have ended; its window starts anew. Existing outputs stay.",
      answers: {
        202: batch("They are queued.", { retried: examples.retriedBatch }, ["Retry-After"]),
      },
      fails: [...GONE, "batch_not_ended", "batch_not_retryable", "queue_paused"],
    }),
    ofBatch.delete("/v1/batches/{id}", deleteBatch, {
      summary: "Erase the items, results and record of an ended batch",
      answers: { 204: { description: "It is erased, now or earlier." } },
      fails: ["gone_expired", "lost", "not_found", "batch_not_ended"],
    }),
    ofBatch.get("/v1/batches/{id}/deliveries", get.listDeliveriesOfBatch, {
      summary: "The webhook deliveries about a batch, oldest first",
      answers: { 200: json("All deliveries that are still kept.", ...deliveryPage) },
      fails: GONE,
    }),
    route.get("/v1/batches", get.listBatches, {
      summary: "Your batches, newest first",
      description: "A page may be short, or even empty, and still have a next one.",
      parameters: queryParameters(get.batchListQuerySchema.shape),
      answers: {
        200: json("A page of them.", "BatchList", { page: examples.batchList }, ["Link"]),
      },
      fails: ["invalid_input", "unknown_field"],
    }),
  ],
};
