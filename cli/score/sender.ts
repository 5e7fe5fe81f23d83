import { Agent as HttpAgent, request as requestHttp, type ClientRequest } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { z } from "zod";
import { jsonOrNothing } from "../terminal/json.ts";
import type { JobInput } from "./job-input.ts";

/** What a job spent where, in ms, and how many rows ran together. */
export const jobMetricsSchema = z.object({
  queue_ms: z.number(),
  batch_wait_ms: z.number(),
  decode_ms: z.number(),
  inference_ms: z.number(),
  total_ms: z.number(),
  batch_size: z.number(),
});

export type JobMetrics = z.infer<typeof jobMetricsSchema>;

/** What became of a request. */
export interface Answer {
  /** Of a job that did not succeed, or was not created: the problem's, or what the network says. */
  readonly code?: string;
  readonly detail?: string;
  /** Of a job that succeeded. */
  readonly metrics?: JobMetrics;
  readonly rows?: number;
}

const doneSchema = z.object({
  metrics: jobMetricsSchema,
  outputs: z.array(z.unknown()).nullish(),
});
const problemSchema = z.object({ code: z.string(), detail: z.string().optional() });

/** Asks for jobs over connections that stay open, each waited for as long as the gateway does. */
export class Sender {
  readonly #url: URL;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #waitMs: number;
  #isClosed = false;

  /** @param token of the key to send, if any */
  constructor(url: URL, token: string | undefined, waitSeconds: number) {
    this.#url = url;
    const options = { keepAlive: true, maxSockets: Infinity };
    this.#agent = url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
    const key = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#headers = { prefer: `wait=${waitSeconds}`, ...key };
    this.#waitMs = (waitSeconds + 15) * 1000;
  }

  /** Never rejects; what `close` gives up has the code `stopped`. */
  async send({ type, body }: JobInput): Promise<Answer> {
    try {
      const { status, text } = await this.#exchange(type, body);
      return answerOf(status, text);
    } catch (error) {
      if (this.#isClosed) return { code: "stopped" };
      const { code, name }: { readonly code?: unknown; readonly name?: unknown } = Object(error);
      return { code: String(code ?? name) };
    }
  }

  /** Gives up what is under way. */
  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
  }

  async #exchange(
    type: string,
    body: JobInput["body"],
  ): Promise<{ readonly status: number; readonly text: string }> {
    const request = this.#request(type, body);
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    request.setTimeout(this.#waitMs, () => request.destroy(new Silence()));
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    request.end(body);
    return promise;
  }

  #request(type: string, body: JobInput["body"]): ClientRequest {
    const headers = {
      ...this.#headers,
      "content-type": type,
      "content-length": Buffer.byteLength(body),
    };
    const options = { method: "POST", agent: this.#agent, headers };
    const send = this.#url.protocol === "https:" ? requestHttps : requestHttp;
    return send(this.#url, options);
  }
}

/** Nothing came for longer than the gateway was asked to wait. */
class Silence extends Error {
  readonly code = "no_answer";
}

function answerOf(status: number, text: string): Answer {
  const body = jsonOrNothing(text);
  const done = status === 200 ? doneSchema.safeParse(body).data : undefined;
  if (done !== undefined) return { metrics: done.metrics, rows: done.outputs?.length ?? 1 };
  if (status === 202)
    return { code: "not_ended", detail: "The job did not end while it was waited for." };
  const problem = problemSchema.safeParse(body).data;
  if (problem === undefined) return { code: `http_${status}` };
  const { code, detail = "" } = problem;
  return { code, detail };
}
