import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** Replies to what holds a mark are lost, but for their first bytes, and their connection breaks. */
interface Loss {
  readonly mark: Buffer;
  readonly keptBytes: number;
}

/**
 * A TCP link to a port of this machine, and what a network can do to it: lose replies, fall silent,
 * be slow, hold replies back, break, lead elsewhere. New connections work unless told otherwise.
 */
export class Link implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #carried = new Set<Carried>();
  #target: number;
  #loss: Loss | undefined;
  #lossesLeft = 0;
  #lateMs = 0;
  #isSwallowing = false;
  #holding: { readonly mark: Buffer; readonly onHeld: () => void } | undefined;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    // A TCP server has an address object.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.port = (server.address() as AddressInfo).port;
  }

  /** @param lateMs by how much every piece of a reply is late */
  static async to(port: number, lateMs = 0): Promise<Link> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const link = new Link(server, port);
    link.#lateMs = lateMs;
    server.on("connection", (client: Socket) => link.#carry(client));
    return link;
  }

  /** Loses the replies to what holds `mark`, `times` times: what is sent gets there. */
  loseReplies(mark: string, times: number, keptBytes = 0): void {
    this.#loss = { mark: Buffer.from(mark), keptBytes };
    this.#lossesLeft = times;
  }

  /** Replies still to be lost. */
  get cutsLeft(): number {
    return this.#lossesLeft;
  }

  /**
   * The connections that are there go half-open: nothing comes through any more, and nobody is told.
   *
   * @returns how many
   */
  fallSilent(): number {
    for (const carried of this.#carried) carried.isSilent = true;
    return this.#carried.size;
  }

  /** From now on every piece of a reply is so late. */
  delayReplies(lateMs: number): void {
    this.#lateMs = lateMs;
  }

  /**
   * Holds back the replies of the connection that next sends `mark`, which gets there.
   *
   * @param mark as it is sent in one piece
   * @returns settles when the first reply is held
   */
  async hold(mark: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#holding = { mark: Buffer.from(mark), onHeld: resolve };
    await promise;
  }

  /** What is held back goes out, and what follows goes through. */
  letGo(): void {
    for (const carried of this.#carried) carried.letGo();
  }

  /** While on, all connections go half-open, new ones as well; when it ends, they break. */
  swallow(isOn: boolean): void {
    this.#isSwallowing = isOn;
    if (isOn) this.fallSilent();
    else for (const carried of this.#carried) if (carried.isSilent) carried.end();
  }

  /** Breaks all connections. */
  cut(): void {
    for (const carried of this.#carried) carried.end();
  }

  /** New connections lead to another port. */
  leadTo(port: number): void {
    this.#target = port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    await Promise.resolve();
  }

  #carry(client: Socket): void {
    const carried = new Carried(client, connect(this.#target, "127.0.0.1"));
    carried.isSilent = this.#isSwallowing;
    this.#carried.add(carried);
    client.on("close", () => this.#carried.delete(carried));
    client.on("data", (piece: Buffer) => {
      if (this.#loss !== undefined && this.#lossesLeft > 0) carried.lookFor(this.#loss);
      if (this.#holding !== undefined && piece.includes(this.#holding.mark)) {
        carried.hold(this.#holding.onHeld);
        this.#holding = undefined;
      }
      carried.send(piece);
    });
    carried.target.on("data", (piece: Buffer) => {
      const kept = this.#lossesLeft > 0 ? carried.keptOf(piece) : piece;
      if (kept.length === piece.length) {
        carried.reply(piece, this.#lateMs);
        return;
      }
      this.#lossesLeft -= 1;
      client.write(kept, () => client.destroy());
    });
  }
}

/** One connection through the link. */
class Carried {
  readonly client: Socket;
  readonly target: Socket;
  isSilent = false;
  /** Set once what it sends held the mark: bytes of replies that still come through. */
  #keptBytes: number | undefined;
  #loss: Loss | undefined;
  #tail = Buffer.alloc(0);
  readonly #late: Buffer[] = [];
  /** Told of every reply that is held back; undefined: none is. */
  #onHeld: (() => void) | undefined;
  readonly #held: Buffer[] = [];

  constructor(client: Socket, target: Socket) {
    this.client = client;
    this.target = target;
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  }

  hold(onHeld: () => void): void {
    this.#onHeld = onHeld;
  }

  letGo(): void {
    this.#onHeld = undefined;
    for (const piece of this.#held.splice(0)) this.client.write(piece);
  }

  lookFor(loss: Loss): void {
    this.#loss = loss;
  }

  send(piece: Buffer): void {
    if (this.#loss !== undefined && this.#keptBytes === undefined) {
      const seen = Buffer.concat([this.#tail, piece]);
      if (seen.includes(this.#loss.mark)) this.#keptBytes = this.#loss.keptBytes;
      this.#tail = seen.subarray(Math.max(0, seen.length - this.#loss.mark.length + 1));
    }
    if (!this.isSilent) this.target.write(piece);
  }

  /** As much of a reply as is not to be lost. */
  keptOf(piece: Buffer): Buffer {
    if (this.#keptBytes === undefined) return piece;
    const kept = piece.subarray(0, this.#keptBytes);
    this.#keptBytes -= kept.length;
    return kept;
  }

  /** Late pieces keep their order. */
  reply(piece: Buffer, lateMs: number): void {
    if (this.isSilent) return;
    if (this.#onHeld !== undefined) {
      this.#held.push(piece);
      this.#onHeld();
      return;
    }
    if (lateMs === 0 && this.#late.length === 0) {
      this.client.write(piece);
      return;
    }
    this.#late.push(piece);
    setTimeout(() => this.client.write(this.#late.shift() ?? ""), lateMs);
  }

  end(): void {
    this.client.destroy();
  }
}
