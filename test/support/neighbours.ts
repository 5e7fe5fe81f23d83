import { postJson, request } from "./client.ts";

/** How a client treats the queue that it shares. */
export type Manner = keyof typeof manners;

/** One job each, from POST to its end. The end's status is returned, a failed POST's code. */
const manners = {
  /** Waits for each answer. */
  ordinary: async (url: string, text: string) => ask(url, { input: { text } }),
  /** Allows every attempt 1 ms. */
  hasty: async (url: string, text: string) =>
    ask(url, { input: { text }, timeouts: { attempt_ms: 1 } }),
  /** Cancels what it has just sent. */
  fickle: async (url: string, text: string) => {
    const { body } = await postJson(url, { input: { text } }, "");
    const job = new URL(`/v1/jobs/${body.id}`, url).href;
    const { status } = await request(`${job}/cancel`, { method: "POST" });
    return status === 200 ? "canceled" : "succeeded";
  },
} as const;

async function ask(url: string, body: object): Promise<string> {
  const reply = await postJson(url, body, "wait=60");
  return reply.status === 200 ? "succeeded" : String(reply.body.code ?? reply.body.status);
}

/** @param url of the model's jobs @returns how the job ended */
export async function askAs(manner: Manner, url: string, text: string): Promise<string> {
  return manners[manner](url, text);
}
