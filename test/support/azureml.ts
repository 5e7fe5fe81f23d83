import assert from "node:assert/strict";
import { z } from "zod";
import { ask } from "./client.ts";

export const JSON_TYPE = "application/json";

const serviceError = z.object({
  status_code: z.number(),
  message: z.string(),
  code: z.string(),
  job_id: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string() })).optional(),
});

/** A body, which is made JSON unless it is one already, its type, and more headers. */
export type Sent = [body: unknown, type?: string, headers?: Record<string, string>];

/** POSTs to a service of the Azure ML dialect. */
export async function send(url: string, ...[body, type = JSON_TYPE, headers = {}]: Sent) {
  const isForm = body instanceof FormData;
  const isWhole = isForm || typeof body === "string" || body instanceof Uint8Array;
  return ask(url, {
    method: "POST",
    body: isWhole ? body : JSON.stringify(body),
    headers: { ...headers, ...(isForm ? {} : { "content-type": type }) },
  });
}

/** What a service refused with, in the dialect's own shape. */
export async function refusal(response: Response) {
  const { status_code: status, ...error } = serviceError.parse(await response.json());
  assert.equal(status, response.status);
  return { status, job: response.headers.get("scoreline-job") ?? undefined, ...error };
}
