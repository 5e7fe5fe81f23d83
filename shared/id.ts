import { randomFillSync } from "node:crypto";
import { Signer } from "./id-signer.ts";

/**
 * Ids are `<prefix>_` + 26 characters: a UUIDv7 (RFC 9562) in lower-case Crockford base32, so that
 * they sort by creation time and are legal as BullMQ ids. Digit by digit:
 *
 *     0-9 time · 10-20 version, partition, variant, 41 random bits · 21 index · 22-25 tag
 *
 * Digits 0 to 20 are the name of the pack that a job is in, the index says where. What is no job has
 * index 0. A job that has moved out of its pack is in one of its own, named by digits 0 to 21.
 *
 * The tag is made of all other digits and the tenant: an id that verifies was made by us for that tenant,
 * so that its missing record means "expired" (410), and any other id "never existed" (404). It keeps
 * nobody out: every script compares the tenant, too. It is 20 bits of an AES block, whose key is an HMAC
 * of the tenant: an HMAC a tag costs four times as much.
 *
 * 41 random bits a millisecond and pack are left; accept notices when two gateways draw the same.
 */
export interface IdParts {
  /** Milliseconds since the Unix epoch, 48 bits. */
  readonly timeMs: number;
  /** 0..255. */
  readonly partition: number;
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** What a digit stands for, by its character code: a search of the alphabet costs ten times as much. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCodePoint(code))),
);
const ID_PATTERN = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
/** With anything behind it: chunks and deliveries carry the id of what they are of. */
const NAMED_PATTERN = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}/;
const PREFIX_LENGTH = 4;
const TIME_DIGITS = 10;
const PACK_DIGITS = 21;
/** Version 7 in digit 10, the variant in digit 13; beside each of them there is room for random bits. */
const VERSION = 0b01110;
const VARIANT = 0b01000;
const SECRETS_MAX = 4;
/** Of random numbers that are drawn at a time: asking for one costs as much as for many. */
const RANDOM_NUMBERS = 2048;

export class IdFactory {
  /** The one that signs, and behind it those that did before. */
  #signers: readonly Signer[];
  readonly #random = new Uint32Array(RANDOM_NUMBERS);
  #randomStart = RANDOM_NUMBERS;

  /** @param secret 32 bytes, the same in every gateway of an installation */
  constructor(secret: Buffer) {
    this.#signers = [new Signer(secret)];
  }

  /** From now on signs with another secret. Ids by the last few are still known. */
  adopt(secret: Buffer): void {
    this.#signers = [new Signer(secret), ...this.#signers].slice(0, SECRETS_MAX);
  }

  /** @param prefix three letters, e.g. `bat` @param timeMs milliseconds since the epoch */
  create(prefix: string, tenant: string, timeMs: number, partition = 0): string {
    return this.#signed(prefix, `${this.packName(timeMs, partition)}0`, tenant);
  }

  /** @param timeMs milliseconds since the epoch @returns 21 digits */
  packName(timeMs: number, partition = 0): string {
    const [high, low] = this.#randomPair();
    return [
      numberDigits(timeMs, TIME_DIGITS),
      digitOf(VERSION | (high & 1)),
      digitOf((((high >> 1) & 7) << 2) | (partition >> 6)),
      digitOf((partition >> 1) & 31),
      digitOf(((partition & 1) << 4) | VARIANT | ((high >> 4) & 3)),
      digitOf((high >> 6) & 31),
      numberDigits(low >>> 2, 6),
    ].join("");
  }

  /**
   * Of a job.
   *
   * @param pack its name, or, of one that has moved out, that of its own pack, which says the index
   */
  jobId(pack: string, index: number, tenant: string): string {
    const digits = pack.length === PACK_DIGITS ? pack + digitOf(index) : pack;
    return this.#signed("job", digits, tenant);
  }

  /** Of the jobs of a pack, whose ids are made one after the other. @param pack its name */
  jobIds(pack: string): JobIds {
    const [signer] = this.#signers;
    return new JobIds(pack, (...of) => signer?.tags(...of) ?? []);
  }

  /** The parts of an id that this installation made for this tenant; undefined for any other. */
  verify(id: string, tenant: string): IdParts | undefined {
    if (!ID_PATTERN.test(id)) return undefined;
    const bytes = decode(id.slice(PREFIX_LENGTH));
    const isOurs = this.#signers.some((it) => it.knows(bytes, tenant));
    return isOurs ? { timeMs: idTimeMs(id), partition: partitionOf(id) } : undefined;
  }

  #signed(prefix: string, digits: string, tenant: string): string {
    const [signer] = this.#signers;
    const tag = signer?.tag(decode(digits), tenant) ?? 0;
    return `${prefix}_${digits}${numberDigits(tag, 4)}`;
  }

  #randomPair(): readonly [number, number] {
    if (this.#randomStart === RANDOM_NUMBERS) {
      randomFillSync(this.#random);
      this.#randomStart = 0;
    }
    this.#randomStart += 2;
    const { [this.#randomStart - 2]: high = 0, [this.#randomStart - 1]: low = 0 } = this.#random;
    return [high, low];
  }
}

const INDEXES = 32;
/** So many times as many tags as there were at once before. */
const GROWTH = 4;

/**
 * Makes ids of one pack. Asking for one tag costs as much as for many, so that those of the next jobs are
 * made beforehand: of one, then of four, and so on.
 */
export class JobIds {
  readonly #pack: string;
  readonly #tagsOf: Signer["tags"];
  readonly #bytes: Buffer;
  #tenant = "";
  #first = 0;
  #tags: readonly number[] = [];

  constructor(pack: string, tagsOf: Signer["tags"]) {
    this.#pack = pack;
    this.#tagsOf = tagsOf;
    this.#bytes = decode(pack);
  }

  /** @param index in the pack, 0..31, ascending */
  of(index: number, tenant: string): string {
    const known = tenant === this.#tenant ? this.#tags[index - this.#first] : undefined;
    const tag = known ?? this.#make(index, tenant);
    return `job_${this.#pack}${digitOf(index)}${numberDigits(tag, 4)}`;
  }

  #make(index: number, tenant: string): number {
    const wanted = tenant === this.#tenant ? GROWTH * this.#tags.length : 1;
    const count = Math.max(1, Math.min(wanted, INDEXES - index));
    this.#tenant = tenant;
    this.#first = index;
    this.#tags = this.#tagsOf(this.#bytes, tenant, { first: index, count });
    return this.#tags[0] ?? 0;
  }
}

/** When an id was made, epoch ms. @param id what `verify` knows, with anything behind it */
export function idTimeMs(id: string): number {
  let timeMs = 0;
  for (let i = PREFIX_LENGTH; i < PREFIX_LENGTH + TIME_DIGITS; i += 1) {
    timeMs = timeMs * 32 + valueAt(id, i);
  }
  return timeMs;
}

/** Where what an id names is kept, 0..255. @param id with anything behind it; 0 for what is no id of ours */
export function partitionOf(id: string): number {
  if (!NAMED_PATTERN.test(id)) return 0;
  return partitionFrom(id, PREFIX_LENGTH);
}

/** Where a pack is kept, 0..255. @param name of a pack, or of a chunk, which begins with its batch's id */
export function partitionOfPack(name: string): number {
  return name.charAt(PREFIX_LENGTH - 1) === "_" ? partitionOf(name) : partitionFrom(name, 0);
}

/** Its 8 bits stand in three digits. The others are not read: every key asks for it. */
function partitionFrom(text: string, start: number): number {
  const digit = (index: number): number => valueAt(text, start + index);
  return ((digit(11) & 3) << 6) | (digit(12) << 1) | (digit(13) >> 4);
}

/** The name of the pack that a job was accepted in. @param id of a job */
export function packOf(id: string): string {
  return id.slice(PREFIX_LENGTH, PREFIX_LENGTH + PACK_DIGITS);
}

/** The name of the pack that it is alone in once it has moved out; its index there is 0. */
export function ownPackOf(id: string): string {
  return id.slice(PREFIX_LENGTH, PREFIX_LENGTH + PACK_DIGITS + 1);
}

/** Where it stands in the pack that it was accepted in, 0..31. @param id of a job */
export function indexOf(id: string): number {
  return valueAt(id, PREFIX_LENGTH + PACK_DIGITS);
}

/** 0 beyond the end, and for what is no digit. */
function valueAt(text: string, position: number): number {
  return VALUES[text.charCodeAt(position)] ?? 0;
}

/** An index, 0..31, as one character. */
export function digitOf(index: number): string {
  return ALPHABET.charAt(index);
}

/** @param number below 32 ** count, which may be above 32 bits */
function numberDigits(number: number, count: number): string {
  return count === 0 ? "" : numberDigits(Math.floor(number / 32), count - 1) + digitOf(number % 32);
}

/** @param digits up to 26: the first has the 3 highest bits @returns 16 bytes; what is not said is 0 */
function decode(digits: string): Buffer {
  const bytes = Buffer.alloc(16);
  let window = 0;
  let bits = -2;
  let position = 0;
  for (let i = 0; i < 26; i += 1) {
    window = (window << 5) | valueAt(digits, i);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[position] = (window >> bits) & 255;
      position += 1;
    }
    window &= (1 << Math.max(bits, 0)) - 1;
  }
  return bytes;
}
