import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { DEFAULT_TENANT, type AccessKey } from "../../shared/access/key.ts";
import { hasSecret, parseToken } from "../../shared/access/token.ts";
import { systemClock } from "../../shared/clock.ts";
import { openAccessKeys, type AccessKeys } from "../../shared/access/access-keys.ts";
import { withRedis } from "./with-redis.ts";

const PRIVATE = 0o600;

export interface KeyFileOptions {
  readonly redisUrl: string;
  /** The file that holds the token. */
  readonly path: string;
  readonly say: (text: string) => void;
}

/**
 * Sees to it that the file holds the token of a key that works: on the first start, and again when
 * Redis does not know the key, or the file is gone. A token that Redis does not know is not put
 * back, because the key may have been revoked.
 *
 * @throws {CommandError} when Redis cannot be reached
 */
export async function provideKey({ redisUrl, path, say }: KeyFileOptions): Promise<void> {
  await withKeys(redisUrl, async (keys) => {
    const token = readKeyFile(path);
    const key = token === undefined ? undefined : await workingKey(keys, token);
    if (key !== undefined && !isFromBeforeOperator(key)) {
      if (makePrivate(path)) say(`${path} could be read by others; now only by you`);
      return;
    }
    const name = `npm start on ${hostname()}`.slice(0, 100);
    writeKeyFile(path, await newAdmin(keys, name));
    if (token === undefined) say(`made an admin key; it is kept in ${path}`);
    else if (key === undefined)
      say(`Redis does not know the key in ${path} (any more): made another`);
    else say(`the key in ${path} is from before the scope operator: made another`);
  });
}

/** Whoever starts it all acts on everybody's work, as before there was a scope for that. */
function isFromBeforeOperator({ scopes }: AccessKey): boolean {
  return scopes.includes("admin") && !scopes.includes("operator");
}

/** @returns the token of a new key that may do everything */
async function newAdmin(keys: AccessKeys, name: string): Promise<string> {
  const { tokens } = await keys.issue(
    {
      name,
      tenant: DEFAULT_TENANT,
      scopes: ["admin", "operator"],
      role: undefined,
      models: undefined,
      ceiling: "interactive",
      expiresAtMs: undefined,
    },
    systemClock.now(),
  );
  return tokens.primary;
}

/** @returns undefined when there is no such file, or nothing in it */
export function readKeyFile(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8").trim();
  return text === "" ? undefined : text;
}

/** In one step, readable by its owner only from the first moment. */
export function writeKeyFile(path: string, token: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${token}\n`, { mode: PRIVATE });
  renameSync(draft, path);
}

async function workingKey(keys: AccessKeys, text: string): Promise<AccessKey | undefined> {
  const token = parseToken(text);
  const key = token === undefined ? undefined : await keys.find(token.keyId);
  if (token === undefined || key === undefined || !hasSecret(key, token.secret)) return undefined;
  const hasEnded = key.expiresAtMs !== undefined && key.expiresAtMs <= systemClock.now();
  return hasEnded ? undefined : key;
}

/** @returns whether it had to be made so */
function makePrivate(path: string): boolean {
  if ((statSync(path).mode & 0o077) === 0) return false;
  chmodSync(path, PRIVATE);
  return true;
}

/** Works with the keys in a Redis. @throws {CommandError} when it cannot be reached */
export async function withKeys<T>(url: string, work: (keys: AccessKeys) => Promise<T>): Promise<T> {
  return withRedis(url, async (redis) => work(await openAccessKeys(redis)));
}
