import { readCustomIds } from "../../shared/batch/chunk-results.ts";
import { chunkRows } from "../../shared/batch/chunk-size.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import { badParameter } from "../../shared/error.ts";
import { batchAnswer, wrongState } from "./batch-answer.ts";
import { isLenient } from "../http/prefer.ts";
import { Chunker } from "./upload/chunker.ts";
import { CustomIds } from "./upload/custom-ids.ts";
import { readItems } from "./upload/source.ts";
import { outOfPlace, upload } from "./upload/upload.ts";
import { truthFaults } from "../models/truths.ts";
import { callerOf, usableVersion } from "../access/caller.ts";
import { readBatch, type Finds } from "./get-batch.ts";
import type { BatchServices } from "./services.ts";
import type { Handler } from "../http/openapi/operation.ts";

type Services = Finds &
  Pick<BatchServices, "registry" | "contracts" | "memory" | "bodies" | "batchTerms">;

/**
 * `POST /v1/batches/{id}/items?from=N`: appends items to an open batch, the first of them being item
 * N. Those that the batch has already are skipped, so that a broken upload can be sent again from
 * anywhere up to where it broke.
 */
export const appendItems: Handler<Services> = async (c, services) => {
  const { batches, registry, contracts, memory, bodies, batchTerms } = services;
  const batch = await readBatch(c, services);
  if (batch.status !== "validating") {
    return wrongState(batch, "batch_not_open", `The batch is ${batch.status}.`);
  }
  const from = readFrom(c.req.query("from"));
  const received = batch.counts.total;
  if (from > received) throw outOfPlace(received);
  const version = usableVersion(callerOf(c), registry, batch.model);
  memory.check();
  const reader = {
    contract: contracts.of(version),
    customIds: await customIdsOf(batch, services),
    isLenient: isLenient(c.req.header("prefer")),
    truthFault: truthFaults(version, registry),
  };
  const stream = await readItems(c, { bodies, ...batchTerms });
  const items = stream(reader, received - from);
  const { max_batch_size: batchRows } = version.manifest.batching;
  const chunker = new Chunker(batchRows, await batches.ask(chunkRows, batch, batchRows));
  await upload(items, batch, chunker, batches);
  return batchAnswer(await readBatch(c, services), 200);
};

/** @throws {ScoringError} `invalid_input` */
function readFrom(given: string | undefined): number {
  if (given !== undefined && /^\d{1,15}$/.test(given)) return Number(given);
  const message = "?from= must be the index of the first item sent.";
  throw badParameter("from", message, "is not an index (0 or greater)");
}

/** Chunks whose custom ids are read at a time. */
const CHUNKS_AT_ONCE = 64;

/** Those of the items that are there; a bad one has taken none. */
async function customIdsOf(
  batch: BatchView,
  { batches }: Pick<BatchServices, "batches">,
): Promise<CustomIds> {
  const ids = new CustomIds();
  if (!batch.hasCustomIds) return ids;
  for (let from = 0; from < batch.chunks; from += CHUNKS_AT_ONCE) {
    const count = Math.min(CHUNKS_AT_ONCE, batch.chunks - from);
    const reads = Array.from({ length: count }, async (_, i) =>
      batches.ask(readCustomIds, `${batch.id}/${from + i}`),
    );
    for (const id of (await Promise.all(reads)).flat()) ids.add(id);
  }
  return ids;
}
