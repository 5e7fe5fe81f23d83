import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * A TCP link to a port of this machine whose connections can go half-open: nothing comes through any
 * more, and nobody is told. New connections work.
 */
export class SilentLink implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #silent = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    // A TCP server has an address object.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.port = (server.address() as AddressInfo).port;
  }

  static async to(port: number): Promise<SilentLink> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const link = new SilentLink(server);
    server.on("connection", (client: Socket) => link.#carry(client, connect(port, "127.0.0.1")));
    return link;
  }

  /** @returns how many connections carry nothing from now on */
  fallSilent(): number {
    for (const socket of this.#sockets) this.#silent.add(socket);
    return this.#silent.size / 2;
  }

  #carry(client: Socket, target: Socket): void {
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("data", (piece: Buffer) => {
        if (!this.#silent.has(one)) other.write(piece);
      });
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.resolve();
  }
}
