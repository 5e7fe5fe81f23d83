import { z } from "zod";
import { Receiver, type Received } from "../receiver.ts";
import { signatureFault } from "../../../shared/webhook/signature.ts";
import { messageOf, urlOf } from "../webhooks.ts";
import { until } from "../until.ts";
import type { History } from "./history.ts";

const dataSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  metadata: z.object({ n: z.int() }),
});

/** Longer than all attempts take on a busy machine. */
const CALLED_MS = 300_000;

/** A message, and when it came. */
interface Taken extends Received {
  readonly atMs: number;
}

/** A receiver that refuses some of what comes, by chance, and holds what it took against a history. */
export class Callbacks implements AsyncDisposable {
  readonly url: string;
  readonly #receiver: Receiver;
  readonly #taken: readonly Taken[];

  private constructor(receiver: Receiver, taken: readonly Taken[]) {
    this.#receiver = receiver;
    this.#taken = taken;
    this.url = urlOf(receiver);
  }

  static async open(random: () => number): Promise<Callbacks> {
    const taken: Taken[] = [];
    const receiver = await Receiver.http((response, received) => {
      const isTaken = random() < 0.8;
      if (isTaken) taken.push({ ...received, atMs: Date.now() });
      response.writeHead(isTaken ? 204 : 500).end();
    });
    return new Callbacks(receiver, taken);
  }

  /**
   * Waits until whoever wanted to be called was.
   *
   * @param secrets that signatures may be by
   * @returns what breaks a promise
   */
  async judge(history: History, ...secrets: readonly string[]): Promise<readonly string[]> {
    const owed = history.courses.filter(
      ({ asked, standing, ends }) =>
        asked.isCalledBack && standing === "accepted" && ends.length === 1,
    );
    const missing = (): number[] => {
      const called = new Set(this.#taken.map((received) => ofBody(received).metadata.n));
      return owed.map(({ asked: { n } }) => n).filter((n) => !called.has(n));
    };
    await until("all are called", () => missing().length === 0, CALLED_MS).catch(() => {});
    const messages = Map.groupBy(this.#taken, ({ headers }) => String(headers["webhook-id"]));
    const faults = missing().map((n) => `input ${n}: nobody was called`);
    for (const [id, all] of messages) {
      if (new Set(all.map(({ body }) => body)).size > 1) faults.push(`${id} has several bodies`);
      for (const received of all) {
        // As its receiver would have, when it came.
        const fault = signatureFault(secrets, messageOf(received), received.atMs / 1000);
        if (fault !== undefined) faults.push(`${id}: ${fault}`);
        const { status, metadata } = ofBody(received);
        const ends = history.of(metadata.n)?.ends ?? [];
        if (!ends.some((end) => end.status === status)) {
          faults.push(`input ${metadata.n}: called with ${status}`);
        }
      }
    }
    return faults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver[Symbol.asyncDispose]();
  }
}

function ofBody({ body }: Received): z.infer<typeof dataSchema> {
  return z.looseObject({ data: dataSchema }).parse(JSON.parse(body)).data;
}
