import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Of an answer: its status, and its body as bytes in a string (latin1), which is all that a check needs. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What becomes of a request; `undefined`: the server closed the connection instead. */
export type OnAnswer = (answer: Answer | undefined) => void;

/**
 * A keep-alive connection with one request at a time. It reads just enough HTTP for the answers of a
 * benchmark: parsing more would cost the servers beside it.
 */
export class Connection {
  readonly #socket: Socket;
  #held = "";
  #onAnswer: OnAnswer | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", () => {});
    socket.on("close", () => this.#settle(undefined));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Connection(socket);
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  ask(request: Buffer, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    if (this.isOpen) this.#socket.write(request);
    else this.#settle(undefined);
  }

  close(): void {
    this.#onAnswer = undefined;
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#held = this.#held === "" ? text : this.#held + text;
    const headEnd = this.#held.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const bodyStart = headEnd + 4;
    const body = bodyOf(this.#held.slice(0, headEnd), this.#held, bodyStart);
    if (body === undefined) return;
    const status = Number(this.#held.slice(9, 12));
    this.#held = "";
    this.#settle({ status, body });
  }

  #settle(answer: Answer | undefined): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    this.#held = "";
    onAnswer?.(answer);
  }
}

/** @returns undefined while it is not whole @throws for a body that does not say where it ends */
function bodyOf(head: string, text: string, start: number): string | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    return text.length < start + Number(length) ? undefined : text.slice(start);
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error(`no length: ${head}`);
  return text.endsWith("0\r\n\r\n") ? joined(text, start) : undefined;
}

/** The chunks of a body without the lines between them. */
function joined(text: string, start: number): string {
  let [body, at] = ["", start];
  while (true) {
    const lineEnd = text.indexOf("\r\n", at);
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(length > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 4 + length;
  }
}
