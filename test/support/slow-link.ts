import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";

/** A TCP link to a port of this machine whose answers come late. */
export class SlowLink implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    // A TCP server has an address object.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.port = (server.address() as AddressInfo).port;
  }

  /** @param lateMs by how much every piece of an answer is late */
  static async to(port: number, lateMs: number): Promise<SlowLink> {
    const server = createServer((client) => {
      const target = connect(port, "127.0.0.1");
      client.pipe(target);
      target.on("data", (piece) => setTimeout(() => client.write(piece), lateMs));
      for (const [one, other] of [
        [client, target],
        [target, client],
      ] as const) {
        one.on("error", () => {});
        one.on("close", () => other.destroy());
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SlowLink(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await Promise.resolve();
  }
}
