import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";

/** Clients that tests have set the time of. */
const setTimes = new WeakMap<Redis, number>();

/** For tests alone: what is sent through the client that is returned takes place at that time. */
export function atTime(redis: Redis, nowMs: number): Redis {
  const client = new Proxy(redis, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  setTimes.set(client, nowMs);
  return client;
}

const REDIS_TIME = [
  "local now = redis.call('TIME')",
  "now = now[1] * 1000 + math.floor(now[2] / 1000)",
].join("\n");

/** What Lua can answer, with bulk strings as bytes. */
export type Reply = number | Buffer | null | readonly Reply[];

/**
 * A Lua script beside its TypeScript. It is sent whole with every call (EVAL): a call by digest that
 * Redis does not know is repeated later and so loses its place in front of the commands behind it,
 * and accept lives by that order. Measured cost: `docs/decisions/0004-eval.md`.
 *
 * Every script finds Redis' time in its local `now`, in whole ms: the clocks of the processes that send
 * it do not matter, and only durations are sent.
 *
 * Every script is safe to run twice with the same arguments, because ioredis resends a command whose
 * reply was lost; `test/integration/scripts-run-twice.test.ts` runs each twice.
 */
export class Script {
  readonly #body: string;
  /** What is sent: made once, not with every call. */
  readonly #source: string;

  /**
   * @param urls `.lua` files: local functions first, the script itself last. Their comment lines are
   *   left out of what is sent
   */
  constructor(...urls: readonly URL[]) {
    this.#body = urls
      .flatMap((url) => readFileSync(url, "utf8").split("\n"))
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("--"))
      .join("\n");
    this.#source = `${REDIS_TIME}\n${this.#body}`;
  }

  async run(
    redis: Redis,
    scriptKeys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Reply> {
    const reply: unknown = await redis.callBuffer(
      "EVAL",
      this.#sourceFor(redis),
      scriptKeys.length,
      ...scriptKeys,
      ...args,
    );
    // What Lua answers is one of these by the protocol.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return reply as Reply;
  }

  #sourceFor(redis: Redis): string {
    const setMs = setTimes.get(redis);
    return setMs === undefined ? this.#source : `local now = ${setMs}\n${this.#body}`;
  }
}

/** @throws when the reply is none of `known` */
export function asOneOf<T extends string>(reply: Reply | undefined, known: readonly T[]): T {
  const text = asText(reply);
  const found = known.find((value) => value === text);
  if (found === undefined) throw new TypeError(`script answered ${text ?? "nothing"}`);
  return found;
}

/** @throws when the reply is no list, which would be a fault of the script */
export function asList(reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply as readonly Reply[];
  throw new TypeError("script answered no list");
}

export function asText(reply: Reply | undefined): string | undefined {
  if (Buffer.isBuffer(reply)) return reply.toString();
  return typeof reply === "number" ? String(reply) : undefined;
}

export function asNumber(reply: Reply | undefined): number | undefined {
  const text = asText(reply);
  return text === undefined || text === "" ? undefined : Number(text);
}
