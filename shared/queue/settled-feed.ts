import type { Redis } from "ioredis";
import type { Service } from "../service.ts";
import { keys } from "./keys.ts";

export interface SettledListener {
  /** A job has ended. May be missed, and may come twice. */
  onSettled(id: string): void;
  /** The connection was away: anything may have been missed. */
  onReconnected(): void;
}

/** Word of settled jobs that a gateway asked for. */
export class SettledFeed implements Service {
  readonly name = "settled feed";
  readonly #redis: Redis;
  readonly #channel: string;
  readonly #listener: SettledListener;

  /** @param redis a connection of its own, connected */
  constructor(redis: Redis, gateway: string, listener: SettledListener) {
    this.#redis = redis;
    this.#channel = keys.settled(gateway);
    this.#listener = listener;
  }

  async start(): Promise<void> {
    this.#redis.on("message", (_channel: string, ids: string) => {
      for (const id of ids.split(" ")) this.#listener.onSettled(id);
    });
    this.#redis.on("ready", () => this.#listener.onReconnected());
    await this.#redis.subscribe(this.#channel);
  }

  async stop(): Promise<void> {
    if (this.#redis.status === "ready") await this.#redis.unsubscribe(this.#channel);
  }
}
