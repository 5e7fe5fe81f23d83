import { setTimeout as sleep } from "node:timers/promises";
import type { JobInput } from "./job-input.ts";
import type { Answer, Sender } from "./sender.ts";

/** A load on a gateway. */
export interface Load {
  readonly sender: Sender;
  /** Sent in turn. */
  readonly inputs: readonly JobInput[];
  readonly seconds: number;
  /** Ends it early; what is under way is the sender's to give up. */
  readonly signal: AbortSignal;
  /** @param ms from the moment at which it was to be sent */
  readonly onAnswer: (answer: Answer, ms: number) => void;
}

/** More requests under way than this say that the rate cannot be had. */
const UNDER_WAY_MAX = 2000;

/** So many clients, each of which sends its next request when it has its answer. */
export async function closedLoop(clients: number, load: Load): Promise<void> {
  const endMs = performance.now() + load.seconds * 1000;
  let count = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < endMs && !load.signal.aborted) {
      await send(load, count++, performance.now());
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/**
 * Requests at random moments, so many a second on average, whatever becomes of earlier ones: as
 * independent callers send them. Each is timed from the moment at which it was to be sent.
 */
export async function openLoop(rate: number, load: Load): Promise<void> {
  const startMs = performance.now();
  const underWay = new Set<Promise<void>>();
  let count = 0;
  for (let dueMs = 0; ;) {
    dueMs -= (Math.log(1 - Math.random()) * 1000) / rate;
    if (dueMs > load.seconds * 1000) break;
    await until(startMs + dueMs, load.signal);
    if (load.signal.aborted) break;
    if (underWay.size >= UNDER_WAY_MAX) load.onAnswer({ code: "not_sent" }, 0);
    else {
      const sent: Promise<void> = send(load, count, startMs + dueMs).then(
        () => void underWay.delete(sent),
      );
      underWay.add(sent);
    }
    count += 1;
  }
  await Promise.all(underWay);
}

async function send({ sender, inputs, onAnswer }: Load, number: number, dueMs: number) {
  const input = inputs[number % inputs.length];
  if (input === undefined) return;
  onAnswer(await sender.send(input), performance.now() - dueMs);
}

/** Moments closer than a timer can tell come together. */
async function until(ms: number, signal: AbortSignal): Promise<void> {
  const waitMs = ms - performance.now();
  if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
}
