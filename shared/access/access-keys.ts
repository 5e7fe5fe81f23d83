import type { Redis } from "ioredis";
import { accessKeyFields, fieldsOf, keyOf, secretNames } from "./key.ts";
import type { AccessKey, Issued, NewKey, SecretName } from "./key.ts";
import { NO_RIGHTS, readRole } from "./roles.ts";
import { formatToken, hashSeal, hashSecret, newSecret } from "./token.ts";
import { IdFactory } from "../id.ts";
import { asOneOf, script } from "../redis/script.ts";
import { readDataSet } from "../redis/data-set.ts";
import { controlKeys as keys } from "../redis/keys.ts";
import { asking, type Ask } from "../redis/reach.ts";

const createScript = script(new URL("./key-create.lua", import.meta.url), {
  keys: ["record", "list", "admins"],
  /** `adminUntil`: when an admin's key expires, in ms, or `+inf`; `""` for others. */
  args: ["id", "adminUntil"],
  rest: "fields",
});
const regenerateScript = script(new URL("./key-regenerate.lua", import.meta.url), {
  keys: ["record"],
  rest: "fields",
});
const revokeScript = script(new URL("./key-revoke.lua", import.meta.url), {
  keys: ["record", "list", "admins"],
  args: ["id"],
});
const sealScript = script(new URL("./key-seal.lua", import.meta.url), {
  keys: ["record"],
  args: ["hashField", "hash"],
  rest: "fields",
});
const usedScript = script(new URL("./key-used.lua", import.meta.url), {
  keys: ["record"],
  writes: { KEY: accessKeyFields },
});

/** Ids of keys are signed for nobody: the tenant is not known before the key is. */
const NO_TENANT = "";

/** `last_admin`: nobody could make another key without it, so it stays. */
export type Revocation = (typeof revocations)[number];
const revocations = ["done", "missing", "last_admin"] as const;

/** Access keys, as all gateways share them. Every method throws `service_unavailable` without Redis. */
export class AccessKeys {
  readonly #ids: IdFactory;
  readonly #ask: Ask;

  constructor(redis: Redis, ids: IdFactory) {
    this.#ids = ids;
    this.#ask = asking(redis, "Keys cannot be looked up at the moment.");
  }

  /** Whether an id was made here. Others need not be looked up: nobody can guess one. */
  isOurs(id: string): boolean {
    return id.startsWith("key_") && this.#ids.verify(id, NO_TENANT) !== undefined;
  }

  /** Makes a key. Its tokens are in the answer, and nowhere else. */
  async issue(wanted: NewKey, nowMs: number): Promise<Issued> {
    const id = this.#ids.create("key", NO_TENANT, nowMs);
    const secrets = { primary: newSecret(), secondary: newSecret() };
    const both = (of: (secret: string) => Buffer) => ({
      primary: of(secrets.primary),
      secondary: of(secrets.secondary),
    });
    const known = { hashes: both(hashSecret), seals: both(hashSeal) };
    const key = { ...wanted, id, createdAtMs: nowMs, lastUsedAtMs: undefined, ...known };
    await this.#ask(createKey, key);
    const token = (name: SecretName): string => formatToken({ keyId: id, secret: secrets[name] });
    return { key, tokens: { primary: token("primary"), secondary: token("secondary") } };
  }

  /** With the rights of its role, if it has one. */
  async find(id: string): Promise<AccessKey | undefined> {
    return this.isOurs(id) ? this.#ask(readKey, id) : undefined;
  }

  /** @param after the id before the first one, `""` for the oldest @param limit 1 and up */
  async list(after: string, limit: number): Promise<readonly AccessKey[]> {
    return this.#ask(readKeys, after, limit);
  }

  /** Exchanges one secret. @returns its token, or undefined when there is no such key */
  async regenerate(id: string, name: SecretName): Promise<string | undefined> {
    if (!this.isOurs(id)) return undefined;
    const secret = newSecret();
    const isDone = await this.#ask(setSecret, id, name, secret);
    return isDone ? formatToken({ keyId: id, secret }) : undefined;
  }

  async revoke(id: string): Promise<Revocation> {
    return this.isOurs(id) ? this.#ask(revokeKey, id) : "missing";
  }

  /**
   * Has the seal of one of the key's secrets known, where it is a key of a release before seals.
   *
   * @returns false when the secret is not the key's, or not any more
   */
  async keepSeal({ id, hashes }: AccessKey, secret: string): Promise<boolean> {
    const hash = hashSecret(secret);
    const name = secretNames.find((it) => hashes[it].equals(hash));
    return name !== undefined && this.#ask(setSeal, id, name, secret);
  }

  async used(id: string): Promise<void> {
    await this.#ask(markUsed, id);
  }
}

/** The keys of the installation that this Redis belongs to. */
export async function openAccessKeys(redis: Redis): Promise<AccessKeys> {
  return new AccessKeys(redis, new IdFactory((await readDataSet(redis)).secret));
}

/** @returns false when a key of this id was there, as after a lost reply */
export async function createKey(redis: Redis, key: AccessKey): Promise<boolean> {
  // What a role gives it may lose: with the last admin key nobody could make another.
  const isAdmin = key.role === undefined && key.scopes.includes("admin");
  const reply = await createScript.run(redis, {
    ...redisKeysOf(key.id),
    id: key.id,
    adminUntil: isAdmin ? (key.expiresAtMs ?? "+inf") : "",
    fields: fieldsOf(key),
  });
  return asOneOf(reply, ["created", "exists"]) === "created";
}

export async function setSecret(
  redis: Redis,
  id: string,
  name: SecretName,
  secret: string,
): Promise<boolean> {
  const seal = { [`${name}Seal`]: hashSeal(secret) };
  const fields = accessKeyFields.encode({ [name]: hashSecret(secret), ...seal });
  const reply = await regenerateScript.run(redis, { record: keys.accessKey(id), fields });
  return asOneOf(reply, ["done", "missing"]) === "done";
}

export async function setSeal(
  redis: Redis,
  id: string,
  name: SecretName,
  secret: string,
): Promise<boolean> {
  const [hashField = "", hash = ""] = accessKeyFields.encode({ [name]: hashSecret(secret) });
  const seal = { [`${name}Seal`]: hashSeal(secret) };
  const fields = accessKeyFields.encode(seal);
  const reply = await sealScript.run(redis, {
    record: keys.accessKey(id),
    hashField,
    hash,
    fields,
  });
  return asOneOf(reply, ["done", "other"]) === "done";
}

export async function revokeKey(redis: Redis, id: string): Promise<Revocation> {
  return asOneOf(await revokeScript.run(redis, { ...redisKeysOf(id), id }), revocations);
}

export async function markUsed(redis: Redis, id: string): Promise<void> {
  await usedScript.run(redis, { record: keys.accessKey(id) });
}

function redisKeysOf(id: string) {
  return { record: keys.accessKey(id), list: keys.accessKeys, admins: keys.adminKeys };
}

async function readKey(redis: Redis, id: string): Promise<AccessKey | undefined> {
  const fields = await redis.hgetall(keys.accessKey(id));
  if (Object.keys(fields).length === 0) return undefined;
  const key = keyOf(id, fields);
  if (key.role === undefined) return key;
  return { ...key, ...((await readRole(redis, key.role)) ?? NO_RIGHTS) };
}

async function readKeys(redis: Redis, after: string, limit: number): Promise<readonly AccessKey[]> {
  const from = after === "" ? "-" : `(${after}`;
  const ids = await redis.zrange(keys.accessKeys, from, "+", "BYLEX", "LIMIT", 0, limit);
  const found = await Promise.all(ids.map(async (id) => readKey(redis, id)));
  return found.filter((key) => key !== undefined);
}
