import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { z } from "zod";
import { ask } from "./client.ts";

export const madeTokenSchema = z.looseObject({
  access_token: z.string(),
  scopes: z.array(z.string()),
  models: z.array(z.string()).nullable(),
  expires_at: z.string(),
  refresh_after: z.string(),
});

export const bearer = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
});

/** Makes an access token. @param key a key's token @param wish what the body says */
export async function makeToken(url: string, key: string, wish: object = {}) {
  const response = await ask(`${url}/v1/tokens`, {
    method: "POST",
    headers: bearer(key),
    body: JSON.stringify(wish),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return madeTokenSchema.parse(JSON.parse(text));
}

/** Makes a sign-in code. @param key a key's token */
export async function newCode(url: string, key: string): Promise<string> {
  const response = await ask(`${url}/v1/sign-in-codes`, { method: "POST", headers: bearer(key) });
  const text = await response.text();
  assert.equal(response.status, 201, text);
  return z.object({ code: z.string() }).parse(JSON.parse(text)).code;
}

/** Reads of what gateways read each second whoever asks: keys and roles in use, and heartbeats. */
const READS_A_SECOND = 5;
const ASKED = 200;

/**
 * Has requests sent that must not have Redis asked, and holds its count of a command against that.
 *
 * @param request sends one, of many
 */
export async function asksNothing(
  redis: Redis,
  command: "hget" | "hgetall",
  request: (index: number) => Promise<unknown>,
): Promise<void> {
  const pattern = new RegExp(`cmdstat_${command}:calls=(\\d+)`);
  const calls = async (): Promise<number> =>
    Number(pattern.exec(await redis.info("commandstats"))?.[1] ?? 0);
  const [startMs, earlier] = [performance.now(), await calls()];
  for (let i = 0; i < ASKED; i++) await request(i);
  const seconds = (performance.now() - startMs) / 1000;
  const more = (await calls()) - earlier;
  assert.ok(more < ASKED / 10 + seconds * READS_A_SECOND, `${more} in ${seconds} s`);
}
