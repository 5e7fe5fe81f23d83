import assert from "node:assert/strict";
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
