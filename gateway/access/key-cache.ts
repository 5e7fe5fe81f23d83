import type { AccessKey } from "../../shared/access/key.ts";
import type { Clock } from "../../shared/clock.ts";
import { callerWith, type Caller } from "./caller.ts";
import { Recent } from "./recent.ts";

/** A key as it was a moment ago; without one, that there was none. */
export interface KnownKey {
  readonly key: AccessKey | undefined;
  readonly caller: Caller | undefined;
  /** When its use was last noted, epoch ms; whoever notes it sets it. */
  usedAtMs: number;
}

/** Keys as they were at most 2 s ago. */
export class KeyCache extends Recent<KnownKey> {
  /** @param find reads a key from where all gateways share them */
  constructor(find: (id: string) => Promise<AccessKey | undefined>, clock: Clock) {
    super(async (id) => known(await find(id)), clock, keepUse);
  }
}

function known(key: AccessKey | undefined): KnownKey {
  const caller = key === undefined ? undefined : callerWith(key);
  return { key, caller, usedAtMs: key?.lastUsedAtMs ?? 0 };
}

function keepUse(fresh: KnownKey, last: KnownKey | undefined): KnownKey {
  return { ...fresh, usedAtMs: Math.max(fresh.usedAtMs, last?.usedAtMs ?? 0) };
}
