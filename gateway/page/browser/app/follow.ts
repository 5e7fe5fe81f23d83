import type { Job } from "../../../jobs/job-schema.ts";
import type { Problem } from "../../../../shared/error.ts";
import { eventsOf } from "./events.ts";
import { Refused, type Gateway } from "./gateway.ts";

const AGAIN_MS = 1000;

export interface Submission {
  /** `/v1/models/…/jobs`, with its query. */
  readonly path: string;
  readonly type: string;
  readonly body: BodyInit;
}

/**
 * Creates a job and tells of its course until its end. A connection that breaks in between is made again:
 * the job goes on without it.
 *
 * @param onEach gets the job at each change @returns the job that has ended
 * @throws {Refused} when it was not accepted, or its record is gone
 */
export async function followNew(
  gateway: Gateway,
  { path, type, body }: Submission,
  { onEach, signal }: { readonly onEach: (job: Job) => void; readonly signal: AbortSignal },
): Promise<Job> {
  const headers = { "content-type": type, accept: "text/event-stream" };
  const response = await gateway.ask(path, { method: "POST", headers, body, signal });
  const first = await lastOf(response, onEach).catch((error: unknown) => {
    if (error instanceof Refused || signal.aborted) throw error;
    return undefined;
  });
  if (first !== undefined) return first;
  return followOld(gateway, response.headers.get("location") ?? "", { onEach, signal });
}

/** The same for a job or batch that there is. @param path of it */
export async function followOld<T = Job>(
  gateway: Gateway,
  path: string,
  { onEach, signal }: { readonly onEach: (it: T) => void; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    try {
      const ended = await lastOf(await gateway.ask(`${path}/events`, { signal }), onEach);
      if (ended !== undefined) return ended;
    } catch (error) {
      if (signal.aborted || (error instanceof Refused && !error.problem.retryable)) throw error;
    }
    await pause(AGAIN_MS, signal);
  }
}

/** @returns what has ended; undefined when the stream broke off before */
async function lastOf<T>({ body }: Response, onEach: (it: T) => void): Promise<T | undefined> {
  if (body === null) return undefined;
  for await (const { event, data } of eventsOf(textsOf(body))) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (event === "error") throw new Refused(JSON.parse(data) as Problem);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const it = JSON.parse(data) as T;
    onEach(it);
    if (event === "completed") return it;
  }
  return undefined;
}

/** Not every browser iterates streams. */
export async function* textsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** @throws when it is aborted */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    });
  });
}
