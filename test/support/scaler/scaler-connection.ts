import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** By type as KEDA has it: an absent key has none, and is read as a list. */
const LENGTH = `
  local type = redis.call('TYPE', KEYS[1]).ok
  if type == 'zset' then return redis.call('ZCARD', KEYS[1]) end
  if type == 'set' then return redis.call('SCARD', KEYS[1]) end
  if type == 'hash' then return redis.call('HLEN', KEYS[1]) end
  if type == 'list' or type == 'none' then return redis.call('LLEN', KEYS[1]) end
  return redis.error_reply('no length: ' .. type)`;

/**
 * Redis as KEDA's redis scaler speaks to it: `HELLO 3 AUTH`, `PING`, then an `EVAL` a list and poll.
 * In RESP3, which ioredis does not speak; one command at a time.
 */
export class ScalerConnection implements Disposable {
  readonly #socket: Socket;
  readonly #lines: string[] = [];
  #rest = "";
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\r\n");
      this.#rest = lines.pop() ?? "";
      this.#lines.push(...lines);
      socket.emit("lines");
    });
  }

  /** @param url with user and password @throws when Redis refuses them */
  static async open(url: string): Promise<ScalerConnection> {
    const { hostname, port, username, password } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const connection = new ScalerConnection(socket);
    await connection.send("HELLO", "3", "AUTH", username, password);
    await connection.send("PING");
    return connection;
  }

  /** @returns how long a list is; 0 when it is not there */
  async length(list: string): Promise<number> {
    const reply = await this.send("EVAL", LENGTH, "1", list);
    if (typeof reply !== "number") throw new Error(`${list} has no length: ${String(reply)}`);
    return reply;
  }

  /** @returns a number, a text, or of collections their elements in a row @throws what Redis refuses */
  async send(...command: readonly string[]): Promise<unknown> {
    const turn = this.#turn.then(async () => this.#exchange(command));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #exchange(command: readonly string[]): Promise<unknown> {
    const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
    this.#socket.write(`*${command.length}\r\n${parts.join("")}`);
    return this.#reply();
  }

  async #reply(): Promise<unknown> {
    const line = await this.#line();
    const [kind, rest] = [line.slice(0, 1), line.slice(1)];
    if (kind === "-") throw new Error(rest);
    if (kind === ":") return Number(rest);
    if (kind === "+") return rest;
    if (kind === "_") return undefined;
    if (kind === "$") return this.#line();
    if (kind === "*" || kind === "%") return this.#elements(Number(rest) * (kind === "%" ? 2 : 1));
    throw new Error(`not expected of Redis: ${line}`);
  }

  async #elements(count: number): Promise<unknown[]> {
    const elements: unknown[] = [];
    for (let i = 0; i < count; i++) elements.push(await this.#reply());
    return elements;
  }

  async #line(): Promise<string> {
    while (this.#lines.length === 0) {
      await once(this.#socket, "lines", { signal: AbortSignal.timeout(30_000) });
    }
    return this.#lines.shift() ?? "";
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
