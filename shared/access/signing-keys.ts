import { generateKeyPairSync } from "node:crypto";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { IdFactory } from "../id.ts";
import { controlKeys as keys } from "../redis/keys.ts";
import { asking, type Ask } from "../redis/reach.ts";
import { asList, asText, script } from "../redis/script.ts";

const HOUR_MS = 3_600_000;
const ROTATE_MS = 30 * 24 * HOUR_MS;
/** A new key is told for this long before it signs: whoever keeps our public keys has it by then. */
const TOLD_MS = HOUR_MS;
/** The longest life of an access token. */
export const TOKEN_LIFE_MS_MAX = 24 * HOUR_MS;
/** How long after its successor was made the last token of a key has ended, with an hour to spare. */
const KEEP_MS = TOLD_MS + TOKEN_LIFE_MS_MAX + HOUR_MS;

/** Signed for nobody, as ids of access keys are. */
const NO_TENANT = "";

const rotateScript = script(new URL("./signing-keys.lua", import.meta.url), {
  keys: ["signingKeys"],
  args: ["id", "jwk", "rotateMs", "keepMs"],
});

const jwkSchema = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});

/** The public half, as JSON Web Keys spell it (RFC 8037). */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
}

/** A key that signs access tokens, or did. */
export interface SigningKey {
  /** `sig_` and 26 characters: `kid` of the tokens. */
  readonly id: string;
  readonly madeAtMs: number;
  readonly publicKey: PublicKey;
  readonly privateKey: z.infer<typeof jwkSchema>;
}

/** The keys that sign access tokens, as all gateways share them. Throws `service_unavailable` without Redis. */
export class SigningKeys {
  readonly #ids: IdFactory;
  readonly #ask: Ask;

  constructor(redis: Redis, ids: IdFactory) {
    this.#ids = ids;
    this.#ask = asking(redis, "Access tokens cannot be made or checked at the moment.");
  }

  /** Whether an id was made here. Others need not be looked up. */
  isOurs(id: string): boolean {
    return id.startsWith("sig_") && this.#ids.verify(id, NO_TENANT) !== undefined;
  }

  /** All there are, newest first. */
  async read(): Promise<readonly SigningKey[]> {
    return this.#ask(readSigningKeys);
  }

  /** The key to sign with now; makes one where none is young enough. */
  async signer(nowMs: number): Promise<SigningKey> {
    const all = await this.#ask(rotate, this.#ids.create("sig", NO_TENANT, nowMs));
    const signer = signerAmong(all, nowMs);
    if (signer === undefined) throw new TypeError("script answered no key");
    return signer;
  }
}

/** The newest that everybody knows; while there is none, the oldest. @param all newest first */
export function signerAmong(all: readonly SigningKey[], nowMs: number): SigningKey | undefined {
  return all.find(({ madeAtMs }) => madeAtMs + TOLD_MS <= nowMs) ?? all.at(-1);
}

/** @param id of the key that is made when one is due @returns all, newest first */
export async function rotate(redis: Redis, id: string): Promise<readonly SigningKey[]> {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const reply = await rotateScript.run(redis, {
    signingKeys: keys.signingKeys,
    id,
    jwk: JSON.stringify(jwk),
    rotateMs: ROTATE_MS,
    keepMs: KEEP_MS,
  });
  const texts = asList(reply).map((it) => asText(it) ?? "");
  return newestFirst(texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1] ?? ""]] : [])));
}

async function readSigningKeys(redis: Redis): Promise<readonly SigningKey[]> {
  return newestFirst(Object.entries(await redis.hgetall(keys.signingKeys)));
}

function newestFirst(entries: readonly (readonly string[])[]): readonly SigningKey[] {
  const all = entries.map(([id = "", value = ""]) => {
    const end = value.indexOf(" ");
    const { d, ...publicKey } = jwkSchema.parse(JSON.parse(value.slice(end + 1)));
    const privateKey = { ...publicKey, d };
    return { id, madeAtMs: Number(value.slice(0, end)), publicKey, privateKey };
  });
  return all.toSorted((a, b) => b.madeAtMs - a.madeAtMs);
}
