import type { Redis } from "ioredis";
import {
  DEFAULT_TENANT,
  type AccessKey,
  type Issued,
  type NewKey,
} from "../../shared/access/key.ts";
import { hashSecret } from "../../shared/access/token.ts";
import { openAccessKeys } from "../../shared/access/access-keys.ts";
import { SigningKeys } from "../../shared/access/signing-keys.ts";
import { IdFactory } from "../../shared/id.ts";
import { readDataSet } from "../../shared/redis/data-set.ts";
import { testIds } from "./jobs.ts";

const EVERYTHING: NewKey = {
  name: "test",
  tenant: DEFAULT_TENANT,
  scopes: ["admin", "operator"],
  role: undefined,
  models: undefined,
  ceiling: "interactive",
  expiresAtMs: undefined,
};

/** A key that may do everything, but for what is said. */
export async function issueKey(redis: Redis, more: Partial<NewKey> = {}): Promise<Issued> {
  return (await openAccessKeys(redis)).issue({ ...EVERYTHING, ...more }, Date.now());
}

/** A key as it is stored, whose secrets are `one` and `two`. */
export function anyKey(more: Partial<AccessKey> = {}): AccessKey {
  return {
    ...EVERYTHING,
    id: testIds.create("key", "", Date.now()),
    createdAtMs: 1000,
    lastUsedAtMs: undefined,
    hashes: { primary: hashSecret("one"), secondary: hashSecret("two") },
    seals: {},
    ...more,
  };
}

/** Those of the installation that this Redis belongs to. */
export async function openSigningKeys(redis: Redis): Promise<SigningKeys> {
  return new SigningKeys(redis, new IdFactory((await readDataSet(redis)).secret));
}

/** @returns its primary token */
export async function issueAdminKey(redis: Redis): Promise<string> {
  return (await issueKey(redis)).tokens.primary;
}
