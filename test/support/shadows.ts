import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { comparisonListSchema, type ComparisonList } from "../../gateway/endpoints/comparisons.ts";
import { packFields } from "../../shared/pack/record.ts";
import { ask } from "./client.ts";
import { keys } from "./redis-keys.ts";
import { until } from "./until.ts";

export async function readComparisons(url: string, name: string): Promise<ComparisonList["data"]> {
  const response = await ask(`${url}/v1/endpoints/${name}/comparisons`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return comparisonListSchema.parse(JSON.parse(text)).data;
}

/** The only comparison of an endpoint, once it has this many pairs. */
export async function comparedPairs(url: string, name: string, pairs: number) {
  let [seen] = await readComparisons(url, name);
  await until(`${pairs} pairs are counted`, async () => {
    [seen] = await readComparisons(url, name);
    return (seen?.pairs ?? 0) >= pairs;
  });
  assert.ok(seen !== undefined);
  return seen;
}

/** How often each letter is in the states of all packs, of shadows and of live jobs. */
export async function statesOf(redis: Redis): Promise<Record<"live" | "shadow", string>> {
  const states = { live: "", shadow: "" };
  const { lane, states: field } = packFields.letters;
  for (const key of await redis.keys(keys.pack("*"))) {
    if ((await redis.type(key)) !== "hash") continue;
    const [name, letters] = await redis.hmget(key, lane, field);
    states[name?.endsWith(".shadow") === true ? "shadow" : "live"] += letters ?? "";
  }
  return states;
}
