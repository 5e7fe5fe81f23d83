import type { Redis } from "ioredis";

type Command = readonly [name: string, ...args: (string | number | Buffer)[]];

/**
 * A client whose scripts go by way of a function: which sends them once, or again, or keeps the reply.
 *
 * @param send what is done in the place of sending; it is given how that is done
 */
export function sendingBy(
  redis: Redis,
  send: (command: Command, once: () => Promise<unknown>) => Promise<unknown>,
): Redis {
  return new Proxy(redis, {
    get: (target, name) => {
      if (name === "callBuffer") {
        return async (...command: Command): Promise<unknown> =>
          send(command, async () => sendAgain(redis, command));
      }
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Sends what was sent before. */
export async function sendAgain(redis: Redis, [name, ...args]: Command): Promise<unknown> {
  return redis.callBuffer(name, ...args);
}

export type { Command };
