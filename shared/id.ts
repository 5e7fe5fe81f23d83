import {
  createHmac,
  createSecretKey,
  randomFillSync,
  timingSafeEqual,
  type KeyObject,
} from "node:crypto";

/**
 * Ids are `<prefix>_` + 26 characters: a UUIDv7 (RFC 9562) in lower-case Crockford base32, so that
 * they sort by creation time and are legal as BullMQ ids. Byte by byte:
 *
 *     0-5 time · 6 version, random · 7 partition · 8 variant, random · 9-12 random · 13-15 tag
 *
 * The tag is an HMAC of all other bytes and the tenant: an id that verifies was made by us for that
 * tenant, so that its missing record means "expired" (410), and any other id "never existed" (404).
 * 42 random bits a millisecond are left; at 10,000 jobs a second two gateways collide once in years.
 */
export interface IdParts {
  /** Milliseconds since the Unix epoch, 48 bits. */
  readonly timeMs: number;
  /** 0..255. */
  readonly partition: number;
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_PATTERN = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
/** With anything behind it: chunks and deliveries carry the id of what they are of. */
const NAMED_PATTERN = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}/;
const PARTITION_BYTE = 7;
const TAG_START = 13;
const ID_LENGTH = 30;
const SECRETS_MAX = 4;

export class IdFactory {
  /** The one that signs, and behind it those that did before. */
  #secrets: readonly KeyObject[];
  readonly #random = Buffer.alloc(16 * 256);
  #randomStart = 16 * 256;

  /** @param secret 32 bytes, the same in every gateway of an installation */
  constructor(secret: Buffer) {
    this.#secrets = [createSecretKey(secret)];
  }

  /** From now on signs with another secret. Ids by the last few are still known. */
  adopt(secret: Buffer): void {
    const [...known] = this.#secrets;
    this.#secrets = [createSecretKey(secret), ...known].slice(0, SECRETS_MAX);
  }

  /** @param prefix three letters, e.g. `job` @param timeMs milliseconds since the epoch */
  create(prefix: string, tenant: string, timeMs: number, partition = 0): string {
    const bytes = this.#randomBytes();
    bytes.writeUIntBE(timeMs, 0, 6);
    bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
    bytes.writeUInt8(partition, PARTITION_BYTE);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    const [secret] = this.#secrets;
    if (secret !== undefined) tagOf(bytes, tenant, secret).copy(bytes, TAG_START);
    return `${prefix}_${encode(bytes)}`;
  }

  /** The parts of an id that this installation made for this tenant; undefined for any other. */
  verify(id: string, tenant: string): IdParts | undefined {
    if (!ID_PATTERN.test(id)) return undefined;
    const bytes = decode(id.slice(4));
    const tag = bytes.subarray(TAG_START);
    const isOurs = this.#secrets.some((it) => timingSafeEqual(tag, tagOf(bytes, tenant, it)));
    if (!isOurs) return undefined;
    return { timeMs: timeOf(bytes), partition: bytes.readUInt8(PARTITION_BYTE) };
  }

  /** Random bytes are drawn for many ids at a time: asking for 16 costs as much as for 4,096. */
  #randomBytes(): Buffer {
    if (this.#randomStart === this.#random.length) {
      randomFillSync(this.#random);
      this.#randomStart = 0;
    }
    this.#randomStart += 16;
    return this.#random.subarray(this.#randomStart - 16, this.#randomStart);
  }
}

/** When an id was made, epoch ms. @param id what `verify` knows, with anything behind it */
export function idTimeMs(id: string): number {
  return timeOf(decode(id.slice(4, ID_LENGTH)));
}

/** Where what an id names is kept, 0..255. @param id with anything behind it; 0 for what is no id of ours */
export function partitionOf(id: string): number {
  if (!NAMED_PATTERN.test(id)) return 0;
  // Its 8 bits stand in three digits. The other 23 are not read: every key asks for it.
  const digit = (index: number): number => ALPHABET.indexOf(id.charAt(index));
  return ((digit(15) & 3) << 6) | (digit(16) << 1) | (digit(17) >> 4);
}

function timeOf(bytes: Buffer): number {
  return bytes.readUIntBE(0, 6);
}

function tagOf(bytes: Buffer, tenant: string, secret: KeyObject): Buffer {
  const signed = bytes.subarray(0, TAG_START);
  const digest = createHmac("sha256", secret).update(signed).update(tenant).digest();
  return digest.subarray(0, bytes.length - TAG_START);
}

/** 16 bytes as 26 digits of 5 bits; the first digit carries the 3 highest bits. */
function encode(bytes: Buffer): string {
  let digits = "";
  let window = 0;
  let bits = 2; // 130 bits of digits for 128 bits of bytes: two leading zeros
  for (const byte of bytes) {
    window = (window << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits += ALPHABET.charAt((window >> bits) & 31);
    }
    window &= (1 << bits) - 1;
  }
  return digits;
}

function decode(digits: string): Buffer {
  const bytes = Buffer.alloc(16);
  let window = 0;
  let bits = -2;
  let position = 0;
  for (const digit of digits) {
    window = (window << 5) | ALPHABET.indexOf(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.writeUInt8((window >> bits) & 255, position);
      position += 1;
    }
    window &= (1 << Math.max(bits, 0)) - 1;
  }
  return bytes;
}
