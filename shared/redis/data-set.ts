import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { asList, asNumber, script } from "./script.ts";
import { controlKeys as keys } from "./keys.ts";

const dataSetScript = script(new URL("./data-set.lua", import.meta.url), {
  keys: ["idSecret", "born", "accessKeys"],
  args: ["freshSecret"],
});

/** What tells the data in a Redis from what was there before it, or will be after it. */
export interface DataSet {
  /** Signs this installation's ids, 32 bytes. */
  readonly secret: Buffer;
  /** When Redis was empty, epoch ms by its clock; 0 when that was before it was written down. */
  readonly bornMs: number;
  /** Access keys that there are. */
  readonly accessKeys: number;
}

/**
 * Begins the data set when Redis is empty. Fails where nothing can be written, though not for want
 * of memory.
 *
 * @param secret of a data set that begins with this: one that is known already keeps old ids valid
 */
export async function readDataSet(
  redis: Redis,
  secret: Buffer = randomBytes(32),
): Promise<DataSet> {
  const reply = await dataSetScript.run(redis, {
    idSecret: keys.idSecret,
    born: keys.born,
    accessKeys: keys.accessKeys,
    freshSecret: secret,
  });
  const [found, born, accessKeys] = asList(reply);
  if (!Buffer.isBuffer(found)) throw new TypeError("script answered no secret");
  return { secret: found, bornMs: asNumber(born) ?? 0, accessKeys: asNumber(accessKeys) ?? 0 };
}
