import type { JobClass } from "../lane.ts";

/** What a key may be given. `admin` stands for all of them, and for the keys themselves. */
export const scopes = [
  "jobs:write",
  "jobs:read",
  "jobs:cancel",
  "batches:*",
  "webhooks:*",
  "admin",
] as const;

export type Scope = (typeof scopes)[number];

/** What a route asks for; `any`: a key, whatever its scopes. */
export type RequiredScope = Scope | "any";

/** Each key has two secrets, so that one can be exchanged while the other is in use. */
export const secretNames = ["primary", "secondary"] as const;
export type SecretName = (typeof secretNames)[number];

/** Whose key it is when nobody says. */
export const DEFAULT_TENANT = "default";

/** 1 to 63 lower-case letters, digits, `-` and `_`, with a letter or digit first and last. */
export const TENANT_PATTERN = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

/** What is asked for when a key is made. */
export interface NewKey {
  /** For people: what it is for. */
  readonly name: string;
  readonly tenant: string;
  /** At least one. */
  readonly scopes: readonly Scope[];
  /** Names, or `name@version`; undefined for all models. */
  readonly models: readonly string[] | undefined;
  /** The highest class of work: `interactive` is no limit. */
  readonly ceiling: JobClass;
  /** Milliseconds since the epoch; undefined: it stays until it is revoked. */
  readonly expiresAtMs: number | undefined;
}

/** A key as it is kept: of its secrets only the hashes. */
export interface AccessKey extends NewKey {
  /** `key_` and 26 characters. */
  readonly id: string;
  readonly createdAtMs: number;
  /** To the minute. */
  readonly lastUsedAtMs: number | undefined;
  /** SHA-256 of each secret, 32 bytes. */
  readonly hashes: Readonly<Record<SecretName, Buffer>>;
}

/** A key right after it was made, or one of its secrets was: the only time a token is in clear. */
export interface Issued {
  readonly key: AccessKey;
  readonly tokens: Readonly<Record<SecretName, string>>;
}
