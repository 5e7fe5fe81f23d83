/** A message of Protocol Buffers, written field by field: as much as an ONNX graph needs. */
export class Message {
  readonly #pieces: Buffer[] = [];

  number(field: number, value: number): this {
    this.#pieces.push(varint(field * 8), varint(value));
    return this;
  }

  /** A text, bytes or a message. */
  bytes(field: number, value: string | Uint8Array | Message): this {
    const body = value instanceof Message ? value.encoded() : Buffer.from(value);
    this.#pieces.push(varint(field * 8 + 2), varint(body.length), body);
    return this;
  }

  encoded(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** @param value not negative */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  while (left >= 128) {
    bytes.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  return Buffer.from([...bytes, left]);
}
