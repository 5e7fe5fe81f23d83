import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** Stands for a public address in tests of webhooks; 127.0.0.1 stands for a private one. */
export const PUBLIC = "127.0.0.2";
export const PRIVATE = "127.0.0.1";

/** A request that a receiver got. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (response: ServerResponse, received: Received) => void;

/** A receiver of webhooks on this machine, which remembers what came. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      // Senders give up on it: that is what is tested.
      socket.on("error", () => undefined);
    });
  }

  /** Speaks HTTP, or HTTPS with a certificate. */
  static async http(answer: Answer, place: Place = {}): Promise<Receiver> {
    const server = place.tls === undefined ? createServer() : createTlsServer(place.tls);
    const receiver = new Receiver(server);
    const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { method = "", url: path = "", headers } = request;
      const received = { method, path, headers, body: await text(request) };
      receiver.received.push(received);
      answer(response, received);
    };
    server.on(
      "request",
      (request, response) => void take(request, response).catch(() => undefined),
    );
    return receiver.#listen(place);
  }

  /** Speaks nothing by itself: `take` gets each connection once something was sent on it. */
  static async raw(take: (socket: Socket) => void, place: Place = {}): Promise<Receiver> {
    const server = createTcpServer((socket) => void socket.once("data", () => take(socket)));
    return new Receiver(server).#listen(place);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return address.port;
  }

  /** No connection is accepted from now on, and those that are there are cut. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #listen({ address = PUBLIC, port = 0 }: Place): Promise<this> {
    this.#server.listen(port, address);
    await once(this.#server, "listening");
    return this;
  }
}

/** Where a receiver listens: at the public address and any free port unless said. */
export interface Place {
  readonly address?: string;
  readonly port?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}
