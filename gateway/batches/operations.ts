import { batchBodies, itemBodies } from "./batch-bodies.ts";
import {
  batchList,
  batchStream,
  cancelingBatch,
  endedBatch,
  failedBatch,
  filledBatch,
  openBatch,
  resultLines,
  resultTable,
  retriedBatch,
  runningBatch,
  waitedBatch,
} from "./examples.ts";
import { headers } from "../http/openapi/headers.ts";
import { json } from "../http/openapi/operation.ts";
import { operation, type Operation, type OperationParts } from "../http/openapi/old-operation.ts";
import {
  idempotencyParameter,
  ifNoneMatchParameter,
  lastEventIdParameter,
  queryParameters,
  waitParameters,
} from "../http/openapi/parameters.ts";
import { deliveryPage } from "../webhooks/delivery-operations.ts";
import { resultsQuerySchema } from "./batch-results.ts";
import { batchListQuerySchema } from "./list-batches.ts";
import { batchIdParameter, uploadPreferParameter } from "./parameters.ts";
import { named, ref } from "../http/openapi/parts.ts";

const GONE = ["gone_deleted", "gone_expired", "lost", "not_found"] as const;
/** What may be wrong with items, or with a batch that is described in words. */
const BAD_UPLOAD = [
  "invalid_input",
  "invalid_json",
  "payload_too_large",
  "unknown_field",
  "unsupported_media_type",
] as const;
const CREATED = ["BatchLocation", "Idempotent-Replayed", "Preference-Applied"] as const;

/** The operations on batches. */
export function batchPaths(): Record<string, Record<string, Operation>> {
  return {
    "/v1/batches": { post: createOperation(), get: listOperation() },
    "/v1/batches/{id}/items": { post: appendOperation() },
    "/v1/batches/{id}/close": { post: closeOperation() },
    "/v1/batches/{id}": { get: getOperation(), delete: deleteOperation() },
    "/v1/batches/{id}/results": { get: resultsOperation() },
    "/v1/batches/{id}/events": { get: eventsOperation() },
    "/v1/batches/{id}/cancel": { post: cancelOperation() },
    "/v1/batches/{id}/retry": { post: retryOperation() },
    "/v1/batches/{id}/deliveries": { get: deliveriesOperation() },
  };
}

/** All of them belong to one tag and one scope. */
function batchOperation(id: string, parts: Omit<OperationParts, "tag" | "scope">): Operation {
  return operation(id, { tag: "Batches", scope: "batches:*", ...parts });
}

function createOperation(): Operation {
  return batchOperation("createBatch", {
    summary: "Score many inputs as one",
    description:
      "As lines of JSON, the first of which says what the batch is, an upload may be of any size; " +
      "scoring begins after the last line. What is at fault refuses the whole, naming the line, " +
      "and no key is used up. An upload that breaks off leaves the batch open: repeat the request " +
      "with its `Idempotency-Key` to learn its id, and go on at `items`. " +
      "A JSON body without `items` makes an open batch.",
    parameters: [uploadPreferParameter, ...waitParameters.slice(1), idempotencyParameter],
    requestBody: { required: true, content: batchBodies() },
    answers: {
      200: json("It ended within the wait; up to 64 items come with their results.", {
        schema: ref("Batch"),
        headers: [...CREATED, "BatchETag"],
        examples: { waited: waitedBatch },
      }),
      202: json("It is accepted, or open for items. No body with `return=minimal`.", {
        schema: ref("Batch"),
        headers: [...CREATED, "BatchETag", "Retry-After"],
        examples: { open: openBatch, running: runningBatch },
      }),
    },
    fails: [
      ...GONE,
      ...BAD_UPLOAD,
      "batch_not_open",
      "idempotency_key_reused",
      "webhook_url_rejected",
    ],
  });
}

function appendOperation(): Operation {
  return batchOperation("appendItems", {
    summary: "Append items to an open batch",
    description:
      "The first line of the body is item `from` of the batch. Items that it has already are " +
      "skipped, so that an upload which broke off can be sent again from anywhere before the break.",
    parameters: [
      batchIdParameter,
      {
        name: "from",
        in: "query",
        required: true,
        description: "Index of the first item that is sent; at most what `received` says.",
        schema: { type: "integer", minimum: 0, examples: [0] },
      },
      uploadPreferParameter,
    ],
    requestBody: { required: true, content: itemBodies() },
    answers: {
      200: json("The batch, with these items.", {
        schema: ref("Batch"),
        headers: ["BatchETag"],
        examples: { filled: filledBatch },
      }),
    },
    fails: [...GONE, ...BAD_UPLOAD, "batch_not_open", "items_out_of_place"],
  });
}

function closeOperation(): Operation {
  return batchOperation("closeBatch", {
    summary: "End the uploads: scoring begins",
    description: "Twice does no harm.",
    parameters: [batchIdParameter, ...waitParameters],
    answers: {
      200: json("It ended within the wait.", {
        schema: ref("Batch"),
        headers: ["BatchLocation", "BatchETag", "Preference-Applied"],
        examples: { waited: waitedBatch },
      }),
      202: json("It is closed, and goes on.", {
        schema: ref("Batch"),
        headers: ["BatchLocation", "BatchETag", "Preference-Applied", "Retry-After"],
        examples: { running: runningBatch },
      }),
    },
    fails: [...GONE, "invalid_input", "batch_not_open"],
  });
}

function getOperation(): Operation {
  return batchOperation("getBatch", {
    summary: "The batch, or the batch once it has ended",
    parameters: [batchIdParameter, ...waitParameters, ifNoneMatchParameter],
    answers: {
      200: json("The batch, ended or not.", {
        schema: ref("Batch"),
        headers: ["BatchETag", "Preference-Applied", "Retry-After"],
        examples: {
          open: openBatch,
          running: runningBatch,
          ended: endedBatch,
          failed: failedBatch,
        },
      }),
      304: {
        description: "It is as `If-None-Match` knows it.",
        headers: headers(["Cache-Control", "BatchETag", "Preference-Applied", "Retry-After"]),
      },
    },
    fails: [...GONE, "invalid_input"],
  });
}

function resultsOperation(): Operation {
  return batchOperation("batchResults", {
    summary: "What became of the items, a line of JSON each, also while it runs",
    description:
      "The last line is `BatchResultsEnd`: without it the answer was cut off, and with `next` there " +
      "is more to come. After a retry, `order=completion` tells items again that ended again.",
    parameters: [batchIdParameter, ...queryParameters(resultsQuerySchema.shape)],
    answers: {
      200: {
        description: "The lines.",
        headers: headers(["Cache-Control"]),
        content: {
          "application/x-ndjson": {
            schema: { type: "string", description: "Each line is a `BatchLine`." },
            examples: named({ results: resultLines }),
          },
          "text/csv": {
            schema: {
              type: "string",
              description: "For tabular models: a record each, and an empty line at the end.",
            },
            examples: named({ results: resultTable }),
          },
        },
      },
    },
    fails: [...GONE, "invalid_input", "not_acceptable", "unknown_field"],
  });
}

function eventsOperation(): Operation {
  return batchOperation("batchEvents", {
    summary: "The batch now, then its progress until its end",
    description:
      "Server-sent events: `status` with the batch, four a second at most, `completed` with the " +
      "ended batch, or `error` with a problem when it is gone; the last two end the stream.",
    parameters: [batchIdParameter, lastEventIdParameter],
    answers: {
      200: {
        description: "The stream.",
        headers: headers(["Cache-Control", "X-Accel-Buffering"]),
        content: {
          "text/event-stream": {
            schema: { type: "string" },
            examples: named({ stream: batchStream }),
          },
        },
      },
      204: { description: "`Last-Event-ID` is its end: there is nothing more." },
    },
    fails: GONE,
  });
}

function deliveriesOperation(): Operation {
  return batchOperation("listDeliveriesOfBatch", {
    summary: "What receivers of webhooks are told of a batch, oldest first",
    parameters: [batchIdParameter],
    answers: { 200: json("All of it that is still known.", deliveryPage) },
    fails: ["gone_deleted", "gone_expired", "lost", "not_found"],
  });
}

function cancelOperation(): Operation {
  return batchOperation("cancelBatch", {
    summary: "Cancel what has not ended of a batch",
    description: "What has ended stays, with its results. Twice does no harm.",
    parameters: [batchIdParameter],
    answers: {
      202: json("It is canceled, or about to be.", {
        schema: ref("Batch"),
        headers: ["BatchETag", "Retry-After"],
        examples: { canceling: cancelingBatch },
      }),
    },
    fails: [...GONE, "batch_ended"],
  });
}

function retryOperation(): Operation {
  return batchOperation("retryBatch", {
    summary: "Queue the items that did not succeed once more",
    description: "Of an ended batch; its window begins anew. Outputs that there are stay.",
    parameters: [batchIdParameter],
    answers: {
      202: json("They are queued.", {
        schema: ref("Batch"),
        headers: ["BatchETag", "Retry-After"],
        examples: { retried: retriedBatch },
      }),
    },
    fails: [...GONE, "batch_not_ended", "batch_not_retryable"],
  });
}

function deleteOperation(): Operation {
  return batchOperation("deleteBatch", {
    summary: "Erase items, results and record of an ended batch",
    parameters: [batchIdParameter],
    answers: { 204: { description: "It is erased, now or before." } },
    fails: ["gone_expired", "lost", "not_found", "batch_not_ended"],
  });
}

function listOperation(): Operation {
  return batchOperation("listBatches", {
    summary: "Your batches, newest first",
    description: "A page may be short, even empty, and still have a next one.",
    parameters: queryParameters(batchListQuerySchema.shape),
    answers: {
      200: json("A page of them.", {
        schema: ref("BatchList"),
        headers: ["Link"],
        examples: { page: batchList },
      }),
    },
    fails: ["invalid_input", "unknown_field"],
  });
}
