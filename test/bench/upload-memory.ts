import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ask } from "../support/client.ts";
import { System } from "../support/system.ts";
import { residentBytes } from "./measure/processes.ts";

/**
 * Shows how a gateway's memory stays flat while 200 MB come in as CSV, and as the files of a form:
 * prints its resident memory at its start, after a small upload of the same kind, and at most; the
 * last two must not differ by more than 60 MB.
 * Run it by hand: `node test/bench/upload-memory.ts`.
 */
const MEGABYTE = 1_000_000;
const BODY_BYTES = 200 * MEGABYTE;
const WARM_UP_BYTES = 10 * MEGABYTE;
const GROWTH_BYTES_MAX = 60 * MEGABYTE;
const SAMPLE_MS = 50;

const COLUMNS = z
  .object({ pipeline: z.object({ columns: z.array(z.object({ name: z.string() })) }) })
  .parse(JSON.parse(readFileSync("models/wine/1/manifest.json", "utf8")))
  .pipeline.columns.map(({ name }) => name);

/** Records of numbers with many digits, and now and then a quoted one. */
function* csvOf(bytes: number): Generator<Buffer> {
  yield Buffer.from(`${COLUMNS.join(",")}\n`);
  const record = COLUMNS.map((_, i) => `${i}.1234567890`);
  const block = Buffer.from(
    `${record.join(",")}\n${record.map((it) => `"${it}"`).join(",")}\n`.repeat(200),
  );
  for (let sent = 0; sent < bytes; sent += block.length) yield block;
}

const BOUNDARY = "part-of-a-form";

/** Files of about a megabyte that no model has to read. */
function* formOf(bytes: number): Generator<Buffer> {
  const file = randomBytes(MEGABYTE);
  for (let sent = 0, i = 0; sent < bytes; sent += file.length, i += 1) {
    const disposition = `form-data; name="f"; filename="${i}.jpg"`;
    yield Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: ${disposition}\r\n\r\n`);
    yield file;
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${BOUNDARY}--\r\n`);
}

const KINDS = [
  { name: "CSV", model: "wine", type: "text/csv", body: csvOf },
  {
    name: "form",
    model: "image-classification",
    type: `multipart/form-data; boundary=${BOUNDARY}`,
    body: formOf,
  },
] as const;

type Kind = (typeof KINDS)[number];

/** No worker: what is measured is the upload. */
await using system = await System.bare({ TENANT_OUTSTANDING_BYTES_MAX: "4294967296" });
const { role, url } = await system.gateway();
let failed = false;
process.stdout.write(`gateway ${mb(residentBytes(role.pid))} MB at its start\n`);
for (const kind of KINDS) {
  await uploadAndCancel(kind, WARM_UP_BYTES);
  const before = residentBytes(role.pid);
  const startedMs = performance.now();
  const { most, received } = await sampled(kind, before);
  const growth = most - before;
  failed ||= growth > GROWTH_BYTES_MAX;
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(
    `${kind.name}: ${BODY_BYTES / MEGABYTE} MB, ${received} items, ${seconds.toFixed(1)} s; ` +
      `gateway ${mb(before)} MB before, ${mb(most)} MB at most, +${mb(growth)} MB\n`,
  );
}
if (failed) process.exitCode = 1;

/** @returns the most memory seen meanwhile, and how many items came in */
async function sampled(kind: Kind, before: number): Promise<{ most: number; received: number }> {
  let most = before;
  const sampler = setInterval(() => (most = Math.max(most, residentBytes(role.pid))), SAMPLE_MS);
  try {
    const received = await uploadAndCancel(kind, BODY_BYTES);
    return { most, received };
  } finally {
    clearInterval(sampler);
  }
}

async function uploadAndCancel(kind: Kind, bytes: number): Promise<number> {
  const batches = `${url}/v1/batches`;
  const init = { method: "POST", signal: AbortSignal.timeout(300_000) };
  const response = await ask(`${batches}?model=${kind.model}`, {
    ...init,
    headers: { "content-type": kind.type },
    body: ReadableStream.from(kind.body(bytes)),
    duplex: "half",
  });
  const text = await response.text();
  if (response.status !== 202) throw new Error(text);
  const schema = z.object({ id: z.string(), received: z.number() });
  const { id, received } = schema.parse(JSON.parse(text));
  await ask(`${batches}/${id}/cancel`, init);
  return received;
}

function mb(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(0);
}
