import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * A TCP link to a port of this machine that can lose replies: what is sent gets there, and the
 * connection breaks when the reply comes back.
 */
export class CutLink implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  #mark: Buffer | undefined;
  #cutsLeft = 0;
  #keptBytes = 0;

  private constructor(server: Server) {
    this.#server = server;
    // A TCP server has an address object.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.port = (server.address() as AddressInfo).port;
  }

  static async to(port: number): Promise<CutLink> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const link = new CutLink(server);
    server.on("connection", (client: Socket) => link.#carry(client, connect(port, "127.0.0.1")));
    return link;
  }

  /** Loses the replies to what holds `mark`, `times` times, but for their first `keptBytes`. */
  loseReplies(mark: string, times: number, keptBytes = 0): void {
    this.#keptBytes = keptBytes;
    this.#mark = Buffer.from(mark);
    this.#cutsLeft = times;
  }

  /** Replies still to be lost. */
  get cutsLeft(): number {
    return this.#cutsLeft;
  }

  #carry(client: Socket, target: Socket): void {
    let isMarked = false;
    let tail = Buffer.alloc(0);
    let kept = 0;
    client.on("data", (piece: Buffer) => {
      if (this.#mark !== undefined && this.#cutsLeft > 0) {
        const seen = Buffer.concat([tail, piece]);
        isMarked ||= seen.includes(this.#mark);
        tail = seen.subarray(Math.max(0, seen.length - this.#mark.length + 1));
      }
      target.write(piece);
    });
    target.on("data", (piece: Buffer) => {
      const left = isMarked ? this.#keptBytes - kept : piece.length;
      kept += piece.length;
      if (left >= piece.length) client.write(piece);
      else if (this.#cutsLeft > 0) {
        this.#cutsLeft -= 1;
        client.write(piece.subarray(0, Math.max(left, 0)), () => client.destroy());
      }
    });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await Promise.resolve();
  }
}
