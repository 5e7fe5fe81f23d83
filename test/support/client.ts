import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { until } from "./until.ts";

/** A file of the repository. */
export function repositoryFile(path: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));
}

export const PHOTO = "models/image-classification/photos/espresso.jpg";

/** What tests read of a job or a problem; more members may be there. */
export const answerSchema = z.looseObject({
  id: z.string().optional(),
  status: z.union([z.string(), z.number()]),
  code: z.string().optional(),
  detail: z.string().optional(),
  job_id: z.string().optional(),
  attempt: z.number().optional(),
  errors: z.array(z.looseObject({ pointer: z.string().optional(), detail: z.string() })).optional(),
  error: z.looseObject({ code: z.string(), status: z.number() }).nullable().optional(),
  metrics: z.looseObject({ batch_size: z.number() }).nullable().optional(),
  output: z.unknown().optional(),
  outputs: z.array(z.unknown()).nullable().optional(),
});

export type Answer = z.infer<typeof answerSchema>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Answer;
}

const tokens = new Map<string, string>();

/** From now on requests to this gateway carry this token. */
export function useKey(gateway: string, token: string): void {
  tokens.set(new URL(gateway).origin, token);
}

/** The header that carries the gateway's token. */
export function keyHeader(url: string): Record<string, string> {
  const token = tokens.get(new URL(url).origin);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** `fetch` with the gateway's token, unless the request says another. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers({
    ...keyHeader(url),
    ...Object.fromEntries(new Headers(init.headers)),
  });
  return fetch(url, { signal: AbortSignal.timeout(90_000), ...init, headers });
}

/** Asks on for a job that was asked with `wait=60`, and takes longer: on a busy machine it may. */
export async function request(url: string, init: RequestInit = {}): Promise<Reply> {
  const reply = await answerTo(url, init);
  const headers = new Headers(init.headers);
  const isPatient = `${url} ${headers.get("prefer")}`.includes("wait=60");
  if (!isPatient || !isUnended(reply)) return reply;
  const job = new URL(`/v1/jobs/${reply.body.id}`, url).href;
  const again = { headers: { authorization: "", ...keyHeader(url), prefer: "wait=60" } };
  again.headers.authorization = headers.get("authorization") ?? again.headers.authorization;
  let end = reply;
  await until(
    "the job is over",
    async () => !isUnended((end = await answerTo(job, again))),
    600_000,
  );
  const isProblem = init.method === "POST" && end.body.status !== "succeeded";
  return isProblem ? answerTo(`${job}/result`, again) : end;
}

async function answerTo(url: string, init: RequestInit): Promise<Reply> {
  const response = await ask(url, init);
  const body = answerSchema.parse(await response.json());
  return { status: response.status, headers: response.headers, body };
}

function isUnended({ body: { id, status } }: Reply): boolean {
  return id?.startsWith("job_") === true && ["queued", "running"].includes(String(status));
}

/** POSTs JSON. @param prefer value of the Prefer header */
export async function postJson(url: string, body: unknown, prefer = "wait=60"): Promise<Reply> {
  return request(url, {
    method: "POST",
    headers: { "content-type": "application/json", prefer },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** POSTs bytes of a media type. */
export async function postBytes(
  url: string,
  body: Buffer,
  contentType: string,
  prefer = "wait=60",
): Promise<Reply> {
  const headers = { "content-type": contentType, prefer };
  return request(url, { method: "POST", headers, body: new Uint8Array(body) });
}

/** A job when it is over. @param made the answer to its creation */
export async function endOfJob(
  url: string,
  { status, body }: Reply,
  limitMs?: number,
): Promise<Answer> {
  if (status !== 202) throw new Error(`not accepted: ${JSON.stringify(body)}`);
  let job = body;
  const isOver = async (): Promise<boolean> => {
    job = (await request(`${url}/v1/jobs/${body.id}`)).body;
    return !["queued", "running"].includes(String(job.status));
  };
  await until("the job is over", isOver, limitMs);
  return job;
}

/** The matched FAQ of a succeeded job. */
export function firstMatch(answer: { output?: unknown }): { id: string; probability: number } {
  const { matches } = z
    .object({ matches: z.array(z.object({ id: z.string(), probability: z.number() })).min(1) })
    .parse(answer.output);
  return matches[0] ?? { id: "", probability: 0 };
}

/** The class of a succeeded job, or of one of its outputs. */
export function firstPrediction(output: unknown): { label: string; probability: number } {
  const { predictions } = z
    .object({
      predictions: z.array(z.object({ label: z.string(), probability: z.number() })).min(1),
    })
    .parse(output);
  return predictions[0] ?? { label: "", probability: 0 };
}
