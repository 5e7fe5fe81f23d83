import { z } from "zod";
import { batchBodySchema, itemsBodySchema } from "./upload/batch-request.ts";
import { lineTypes } from "./upload/source.ts";
import {
  folderUpload,
  itemLines,
  jsonUpload,
  lineUpload,
  openUpload,
  tableUpload,
} from "./examples.ts";
import { header, idParameter } from "../http/openapi/parameters.ts";
import { named, ref } from "../http/openapi/parts.ts";
import { bodySchema } from "../http/openapi/room.ts";

/** `{id}` of a batch in a path. */
export const batchIdParameter = idParameter("The batch's id.", "bat_01m7z2a28nec097t69kvhhq4z1");

/** What becomes of bad items of an upload, beside the wait. */
export const uploadPreferParameter = header("Prefer", {
  description:
    "RFC 7240. `handling=lenient`: an unreadable item becomes a failed item; otherwise it " +
    "is refused and the upload ends there. On a create also `wait=n`, `wait` and `respond-async`.",
  example: "handling=lenient, wait=30",
});

/** The body of a create request of a batch as JSON; its items are checked one by one as they come. */
export function createBatchSchema(): object {
  const schema = bodySchema(batchBodySchema);
  const properties = { ...Object(schema["properties"]) };
  return {
    ...schema,
    properties: { ...properties, items: { ...properties.items, items: ref("BatchItem") } },
  };
}

/** Of a request for a batch. */
export function batchBodies(): object {
  return {
    "application/json": {
      schema: ref("CreateBatch"),
      examples: named({ items: jsonUpload, open: openUpload }),
    },
    ...lineBodies('`{"batch": {…}}` with what `CreateBatch` has, then', lineUpload),
    ...otherBodies(true),
  };
}

/** Of an upload to a batch that is open. */
export function itemBodies(): object {
  return { ...itemUploads(), ...placeBody() };
}

/** Of nothing but items. */
export function itemUploads(): object {
  return { ...lineBodies("No line about the batch;", itemLines), ...otherBodies(false) };
}

/** Tables and forms. @param isWhole whether they are to make a batch */
function otherBodies(isWhole: boolean): object {
  const members =
    "model, priority, completion_window_ms, max_failed, retention_ms, sink, keep_inputs";
  const head = isWhole ? ` The query says what the batch is: ${members}, and parameters.` : "";
  const table = `For models with columns: a header, then a record each.${head}`;
  const part = isWhole ? ` Or a first part \`batch\` does, with what \`CreateBatch\` has.` : "";
  const form = `Each file is an item, known by its name.${head}${part}`;
  return {
    "text/csv": {
      schema: { type: "string", description: table },
      examples: named({ table: tableUpload }),
    },
    "multipart/form-data": {
      schema: {
        type: "object",
        description: form,
        ...(isWhole ? { properties: { batch: { type: "string" } } } : {}),
        additionalProperties: { type: "string", contentMediaType: "application/octet-stream" },
      },
    },
  };
}

/** Under each of the names that lines of JSON go by. */
function lineBodies(head: string, example: string): object {
  const schema = { type: "string", description: `${head} a \`BatchItem\` a line.` };
  const body = { schema, examples: named({ lines: example }) };
  return Object.fromEntries(lineTypes.map((type) => [type, body]));
}

/** Where items are in the operator's folder. */
function placeBody(): object {
  return {
    "application/json": {
      schema: z.toJSONSchema(itemsBodySchema, { io: "input" }),
      examples: named({ folder: folderUpload }),
    },
  };
}
