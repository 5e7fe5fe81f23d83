import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { answerSchema, ask, type Answer } from "../client.ts";
import { endOf, type Course, type History } from "./history.ts";
import type { Act } from "./oracle.ts";

/** What a client does with a job. */
export type Manner =
  | "waits"
  | "comes back"
  | "asks once"
  | "cancels"
  | "is called back"
  | "is in a hurry"
  | "sends much"
  | "retries";

export interface ClientOptions {
  readonly history: History;
  /** The gateways that there are now. */
  readonly urls: () => readonly string[];
  readonly random: () => number;
  /** Where whoever wants to be called back is called. */
  readonly hook: string;
}

/** Nobody waits longer for an answer, or for an end, in ms. */
const PATIENCE_MS = 400_000;
const TRY_MS = 30_000;
const BETWEEN_TRIES_MS = 150;
/** More than a record holds: the payload gets a key of its own. */
const PAD = "x".repeat(10_000);
/** Less than a job takes, or as long. */
const HURRY_MS = 20;

interface Try {
  readonly status: number;
  readonly body: Answer;
}

const createdSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  received: z.number(),
});
const lineSchema = z.looseObject({
  index: z.number(),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.looseObject({ code: z.string() }).nullable().optional(),
});

/**
 * Asks for scoring as clients do who read the manual: with an `Idempotency-Key`, again after every
 * answer that leaves it open, of whatever gateway there is. All of it goes into a history.
 */
export class FaultsClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** One job, from its request to its end. */
  async job(manner: Manner, act: Act = "none"): Promise<void> {
    const { history, hook } = this.#options;
    const isCalledBack = manner === "is called back";
    const course = history.ask({ act, kind: "job", isCalledBack });
    const { n } = course.asked;
    course.isHurried = manner === "is in a hurry";
    const body = {
      input: { n, act, ...(manner === "sends much" ? { pad: PAD } : {}) },
      metadata: { n },
      retries: 10,
      ...(isCalledBack ? { webhook: { url: hook } } : {}),
      ...(course.isHurried ? { timeouts: { total_ms: HURRY_MS } } : {}),
    };
    const key = manner === "asks once" ? undefined : randomUUID();
    const prefer = manner === "waits" ? "wait=20" : "respond-async";
    const id = await this.#submit(course, body, { key, prefer });
    if (id === undefined) return;
    if (manner === "cancels") await this.#cancel(course, id);
    await this.#see(course, id);
    if (manner !== "retries") return;
    await this.#retry(course, id);
    await this.#see(course, id);
  }

  /** What cannot be accepted, and must leave nothing behind. */
  async mistaken(): Promise<void> {
    const course = this.#options.history.ask({ act: "none", kind: "job", isCalledBack: false });
    const { n } = course.asked;
    const body = { input: { n, act: 7, more: "of it" }, metadata: { n } };
    await this.#submit(course, body, { key: randomUUID(), prefer: "wait=20" });
  }

  /** A batch, from its request to the results of its items. */
  async batch(acts: readonly Act[]): Promise<void> {
    const { history } = this.#options;
    const courses = acts.map((act) => history.ask({ act, kind: "item", isCalledBack: false }));
    const items = courses.map(({ asked: { n, act } }) => ({
      custom_id: `n${n}`,
      input: { n, act },
    }));
    const id = await this.#create(items, courses);
    if (id === undefined) return;
    const lines = await this.#results(id, items.length);
    if (lines === undefined) {
      history.note(`batch ${id} did not end`);
      return;
    }
    for (const { index, status, output, error } of lines) {
      const course = courses[index];
      if (course === undefined) history.note(`batch ${id} has an item ${index}`);
      else history.note(course.see(1, { status, code: error?.code, output: output ?? undefined }));
    }
  }

  /** @returns the id of the job; undefined when there is none to follow */
  async #submit(
    course: Course,
    body: object,
    { key, prefer }: { readonly key: string | undefined; readonly prefer: string },
  ): Promise<string | undefined> {
    const { history } = this.#options;
    const headers = {
      "content-type": "application/json",
      prefer,
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
      const reply = await this.#try("/v1/models/oracle/jobs", init);
      const id = reply?.body.id ?? reply?.body.job_id;
      if (reply === undefined || reply.body.code === "acceptance_unknown") course.lose(id);
      else if (id !== undefined) {
        course.accept(id);
        return id;
      } else if (reply.status < 500 && reply.status !== 429) {
        course.refuse();
        return undefined;
      }
      // 429 and 503 say that nothing was stored. Without a key, asking again would make another job.
      else if (key === undefined) course.refuse();
      if (key === undefined) return id;
      await sleep(BETWEEN_TRIES_MS);
    }
    if (course.standing === "unknown") history.note(`input ${course.asked.n}: nobody says of it`);
    return undefined;
  }

  async #cancel(course: Course, id: string): Promise<void> {
    await sleep(this.#options.random() * 100);
    course.isCanceled = true;
    await this.#try(`/v1/jobs/${id}/cancel`, { method: "POST" });
  }

  /** Until there is an answer: a retry still on its way could begin another attempt behind the last look. */
  async #retry(course: Course, id: string): Promise<void> {
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
      course.retry();
      const reply = await this.#try(`/v1/jobs/${id}/retry`, { method: "POST" });
      if (reply !== undefined && reply.status < 500 && reply.status !== 429) return;
      await sleep(BETWEEN_TRIES_MS);
    }
    this.#options.history.note(`${id}, input ${course.asked.n}: its retry was never answered`);
  }

  /** Follows a job to its end. Whoever does not know whether there is one may find none. */
  async #see(course: Course, id: string): Promise<void> {
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
      const reply = await this.#try(`/v1/jobs/${id}?wait=20`);
      if (reply?.status === 410 && course.standing === "unknown") return;
      if (reply?.status === 404 || reply?.status === 410) {
        this.#options.history.note(`${id}, input ${course.asked.n}: ${reply.body.code}`);
        return;
      }
      if (reply?.status === 200) {
        course.accept(id);
        const end = endOf(reply.body);
        if (end !== undefined) {
          this.#options.history.note(course.see(1, end));
          return;
        }
      }
      await sleep(BETWEEN_TRIES_MS);
    }
    this.#options.history.note(`${id}, input ${course.asked.n}, did not end`);
  }

  /** @returns the id of the closed batch; undefined when it was refused */
  async #create(items: readonly object[], courses: readonly Course[]): Promise<string | undefined> {
    const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
    const body = JSON.stringify({ model: "oracle", items });
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
      const reply = await this.#try("/v1/batches", { method: "POST", headers, body });
      const created = createdSchema.safeParse(reply?.body).data;
      if (created !== undefined && (reply?.status ?? 500) < 300) {
        for (const course of courses) course.accept(created.id);
        if (created.status !== "validating") return created.id;
        await this.#resume(created, items);
      } else if (reply !== undefined && reply.status < 500 && reply.status !== 429) {
        for (const course of courses) course.refuse();
        return undefined;
      }
      await sleep(BETWEEN_TRIES_MS);
    }
    return undefined;
  }

  /** Its gateway died in the middle: sends what is missing, and closes it. Asking again shows how that went. */
  async #resume(
    { id, received }: z.infer<typeof createdSchema>,
    items: readonly object[],
  ): Promise<void> {
    const lines = items.slice(received).map((item) => `${JSON.stringify(item)}\n`);
    const headers = { "content-type": "application/x-ndjson" };
    const init = { method: "POST", headers, body: lines.join("") };
    if (lines.length > 0) await this.#try(`/v1/batches/${id}/items?from=${received}`, init);
    const now = createdSchema.safeParse((await this.#try(`/v1/batches/${id}`))?.body).data;
    if (now?.received === items.length)
      await this.#try(`/v1/batches/${id}/close`, { method: "POST" });
  }

  async #results(
    id: string,
    count: number,
  ): Promise<readonly z.infer<typeof lineSchema>[] | undefined> {
    for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
      const reply = await this.#try(`/v1/batches/${id}?wait=20`);
      if (createdSchema.safeParse(reply?.body).data?.outcome != null) {
        const text = await this.#text(`/v1/batches/${id}/results?limit=1000`);
        const lines = text?.trimEnd().split("\n").slice(0, -1) ?? [];
        if (lines.length === count) return lines.map((line) => lineSchema.parse(JSON.parse(line)));
      }
      await sleep(BETWEEN_TRIES_MS);
    }
    return undefined;
  }

  /** @returns undefined when there was no answer, or half of one */
  async #try(path: string, init: RequestInit = {}): Promise<Try | undefined> {
    try {
      const response = await ask(`${this.#url()}${path}`, {
        ...init,
        signal: AbortSignal.timeout(TRY_MS),
      });
      const body = answerSchema.parse(await response.json());
      return { status: response.status, body };
    } catch {
      return undefined;
    }
  }

  async #text(path: string): Promise<string | undefined> {
    try {
      const response = await ask(`${this.#url()}${path}`, { signal: AbortSignal.timeout(TRY_MS) });
      return response.ok ? await response.text() : undefined;
    } catch {
      return undefined;
    }
  }

  #url(): string {
    const urls = this.#options.urls();
    return urls[Math.floor(this.#options.random() * urls.length)] ?? "";
  }
}
