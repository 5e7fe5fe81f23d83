import { openAsBlob } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ask } from "../client.ts";
import { wineLines, WineOracle } from "./wine.ts";

export const batchSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  received: z.number(),
  counts: z.object({
    total: z.number(),
    queued: z.number(),
    running: z.number(),
    succeeded: z.number(),
    failed: z.number(),
    canceled: z.number(),
    expired: z.number(),
  }),
});

export type Batch = z.infer<typeof batchSchema>;

const lineSchema = z.union([
  z.object({
    index: z.number(),
    custom_id: z.string(),
    status: z.literal("succeeded"),
    output: z.object({ label: z.string(), probabilities: z.record(z.string(), z.number()) }),
  }),
  z.object({ end: z.literal(true), next: z.string().nullable() }),
]);

/** Between two tries, in ms. */
const PAUSE_MS = 200;
const TRIES_MAX = 600;

/** Asks again, of whatever gateway there is then, until one answers. */
export async function persist<T>(once: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await once();
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** A client of bulk scoring that survives gateways. @param urlOf the gateway that there is now */
export class BulkClient {
  readonly #urlOf: () => string;

  constructor(urlOf: () => string) {
    this.#urlOf = urlOf;
  }

  async get(id: string): Promise<Batch> {
    return persist(async () => this.#batch("GET", `/${id}`));
  }

  /** Makes an open batch, appends rows 0 up to `rows`, resuming whenever it breaks, and closes it. */
  async submitWine(rows: number, onBreak: () => void = () => {}): Promise<string> {
    const key = `bulk-${Date.now()}`;
    const { id } = await persist(async () =>
      this.#batch("POST", "", {
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({ model: "wine" }),
      }),
    );
    while (true) {
      const { received } = await this.get(id);
      if (received === rows) break;
      await this.#append(id, received, rows).catch(async () => {
        onBreak();
        await sleep(PAUSE_MS);
      });
    }
    await persist(async () => this.#batch("POST", `/${id}/close`));
    return id;
  }

  /** Sends a file of items, behind a line about their batch, as one lenient request. @returns its id */
  async submitFile(path: string): Promise<string> {
    const { id } = await this.#batch("POST", "", {
      headers: { "content-type": "application/x-ndjson", prefer: "handling=lenient" },
      body: (await openAsBlob(path)).stream(),
      duplex: "half",
      signal: AbortSignal.timeout(1_800_000),
    });
    return id;
  }

  /** Every result once, in order, resumed by cursor when the stream breaks. */
  async checkWine(id: string, rows: number): Promise<{ worst: number }> {
    const oracle = await WineOracle.load();
    let [worst, index] = [0, 0];
    let cursor = "i0.0";
    let expected: Awaited<ReturnType<WineOracle["score"]>> = [];
    while (index < rows) {
      const response = await persist(async () =>
        ask(`${this.#urlOf()}/v1/batches/${id}/results?after=${cursor}`, {
          signal: AbortSignal.timeout(900_000),
        }),
      );
      if (!response.ok || response.body === null) throw new Error(await response.text());
      for await (const text of createInterface({ input: Readable.fromWeb(response.body) })) {
        const line = lineSchema.parse(JSON.parse(text));
        if ("end" in line) {
          if (line.next !== null) cursor = line.next;
          break;
        }
        if (line.index !== index) throw new Error(`item ${line.index} comes as item ${index}`);
        if (line.custom_id !== `r${index}`) throw new Error(`item ${index} is ${line.custom_id}`);
        const at = index % 1000;
        if (at === 0) expected = await oracle.score(index, Math.min(index + 1000, rows));
        const truth = expected[at];
        if (line.output.label !== truth?.label) throw new Error(`item ${index}: another label`);
        for (const [i, value] of Object.values(line.output.probabilities).entries()) {
          worst = Math.max(worst, Math.abs(value - (truth.probabilities[i] ?? Number.NaN)));
        }
        index += 1;
      }
    }
    return { worst };
  }

  async #append(id: string, from: number, rows: number): Promise<void> {
    await this.#batch("POST", `/${id}/items?from=${from}`, {
      headers: { "content-type": "application/x-ndjson" },
      body: ReadableStream.from(wineLines(from, rows)),
      duplex: "half",
      signal: AbortSignal.timeout(1_800_000),
    });
  }

  async #batch(method: string, path: string, init: RequestInit = {}): Promise<Batch> {
    const response = await ask(`${this.#urlOf()}/v1/batches${path}`, { method, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return batchSchema.parse(JSON.parse(text));
  }
}
