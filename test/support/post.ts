import { receiverPolicy, receiverSettings } from "../../shared/webhook/receiver/settings.ts";
import type { ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import { postWebhook, type PostEnd, type PostOptions } from "../../worker/courier/post-webhook.ts";
import { z } from "zod";
import { PUBLIC } from "./receiver.ts";

/** What an operator may have set, with any port and http. */
export function policyAllowing(allow: string): ReceiverPolicy {
  const environment = { WEBHOOK_ALLOW: allow, WEBHOOK_PORTS: "1-65535", WEBHOOK_HTTP: "on" };
  return receiverPolicy(z.object(receiverSettings).parse(environment));
}

/** The public address is one that receivers may have; 127.0.0.1 is not. */
export const guarded = policyAllowing(PUBLIC);

/** Posts a small body to a URL whose name leads to the public address. */
export async function post(url: string, options: Partial<PostOptions> = {}): Promise<PostEnd> {
  const headers = { "content-type": "application/json", "webhook-id": "evt_1" };
  const resolve = async () => Promise.resolve([{ address: PUBLIC }]);
  return postWebhook({ url, body: '{"a":1}', headers }, { policy: guarded, resolve, ...options });
}

/** How it ended, in a word: a status or a failure's code. */
export function wordOf(end: PostEnd): string | number {
  return end.kind === "answered" ? end.status : end.code;
}
