import {
  createCipheriv,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  type Cipheriv,
  type KeyObject,
} from "node:crypto";

/** Ciphers of a secret that are kept, one a tenant. */
const CIPHERS_MAX = 1024;
const TAG_BYTE = 13;
const EARLIER_TAG_BYTES = 3;

/** Makes the tags of one secret. */
export class Signer {
  readonly #secret: KeyObject;
  readonly #ciphers = new Map<string, Cipheriv>();

  constructor(secret: Buffer) {
    this.#secret = createSecretKey(secret);
  }

  /** @param bytes 16; the tag that may stand in them does not count */
  tag(bytes: Buffer, tenant: string): number {
    const block = Buffer.from(bytes);
    block.writeUInt8(block.readUInt8(TAG_BYTE) & 0xf0, TAG_BYTE);
    block.writeUInt16BE(0, TAG_BYTE + 1);
    // An AES block in ECB mode: each is a message of its own, and none is ever padded.
    return tagAt(this.#cipherOf(tenant).update(block), 0);
  }

  /**
   * Tags of jobs of a pack that stand side by side.
   *
   * @param bytes 16: of the name of the pack
   */
  tags(
    bytes: Buffer,
    tenant: string,
    { first, count }: { readonly first: number; readonly count: number },
  ): readonly number[] {
    const blocks = Buffer.alloc(bytes.length * count);
    for (let i = 0; i < count; i += 1) {
      const [start, index] = [i * bytes.length, first + i];
      blocks.set(bytes, start);
      // The five bits of the index stand across two bytes.
      blocks[start + TAG_BYTE - 1] = (bytes[TAG_BYTE - 1] ?? 0) | (index >> 4);
      blocks[start + TAG_BYTE] = (index & 15) << 4;
    }
    const signed = this.#cipherOf(tenant).update(blocks);
    const tags: number[] = [];
    for (let start = 0; start < signed.length; start += bytes.length)
      tags.push(tagAt(signed, start));
    return tags;
  }

  knows(bytes: Buffer, tenant: string): boolean {
    const tag = bytes.readUIntBE(TAG_BYTE, 3) & 0xfffff;
    return tag === this.tag(bytes, tenant) || this.#knewBefore(bytes, tenant);
  }

  /**
   * Ids of releases before packs have 24 bits of an HMAC. Access keys and webhook endpoints live on
   * with them.
   */
  #knewBefore(bytes: Buffer, tenant: string): boolean {
    const signed = bytes.subarray(0, TAG_BYTE);
    const digest = createHmac("sha256", this.#secret).update(signed).update(tenant).digest();
    return timingSafeEqual(bytes.subarray(TAG_BYTE), digest.subarray(0, EARLIER_TAG_BYTES));
  }

  #cipherOf(tenant: string): Cipheriv {
    const known = this.#ciphers.get(tenant);
    if (known !== undefined) return known;
    const [oldest] = this.#ciphers.keys();
    if (oldest !== undefined && this.#ciphers.size === CIPHERS_MAX) this.#ciphers.delete(oldest);
    const key = createHmac("sha256", this.#secret).update("id tag\n").update(tenant).digest();
    const cipher = createCipheriv("aes-128-ecb", key.subarray(0, 16), null);
    this.#ciphers.set(tenant, cipher);
    return cipher;
  }
}

/** The first 20 bits of a block. */
function tagAt(signed: Buffer, start: number): number {
  const { [start]: high = 0, [start + 1]: middle = 0, [start + 2]: low = 0 } = signed;
  return (high << 12) | (middle << 4) | (low >> 4);
}
