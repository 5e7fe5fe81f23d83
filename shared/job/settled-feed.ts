import { Every, type Service } from "../service.ts";
import { type Logger, reasonOf } from "../log.ts";
import type { Redis } from "../redis/connection.ts";
import { workKeys as keys } from "../redis/keys.ts";

export interface SettledListener {
  /** A job has ended. May be missed, and may come twice. */
  onSettled(id: string): void;
  /** The connection was away: anything may have been missed. */
  onReconnected(): void;
}

export interface SettledFeedOptions {
  /** A connection of its own. */
  readonly subscriber: Redis;
  /** The one that jobs are accepted on: what happens there is to be heard. */
  readonly requests: Redis;
  /** Whose feed it is. */
  readonly gateway: string;
  readonly logger: Logger;
  readonly listener: SettledListener;
}

const BEAT_MS = 1000;
/** Beats in a row that Redis may take without the feed hearing them. */
const UNHEARD_MAX = 1;
/** What is said instead of ids, with a number behind it. */
const BEAT = "beat ";

/**
 * Word of settled jobs that a gateway asked for. A subscriber only listens: it notices neither that
 * its Redis is not the primary any more, nor that nothing comes through. So the feed talks to itself,
 * by way of the connection for requests, and connects anew when it does not hear that.
 */
export class SettledFeed implements Service {
  readonly name = "settled feed";
  readonly #options: SettledFeedOptions;
  readonly #channel: string;
  /** The last beat that was sent, that Redis took, and that was heard. */
  #sent = 0;
  #taken = 0;
  #heard = 0;
  readonly #beats = new Every(BEAT_MS, () => void this.#beat());
  readonly start = async (): Promise<void> => this.#beats.start(async () => this.#listen());

  constructor(options: SettledFeedOptions) {
    this.#options = options;
    this.#channel = keys.settled(options.gateway);
  }

  async stop(): Promise<void> {
    await this.#beats.stop();
    const { subscriber } = this.#options;
    if (subscriber.status === "ready") await subscriber.unsubscribe(this.#channel);
  }

  async #listen(): Promise<void> {
    const { subscriber, listener } = this.#options;
    subscriber.on("message", (_channel: string, text: string) => this.#hear(text));
    subscriber.on("ready", () => {
      this.#heard = this.#taken;
      listener.onReconnected();
    });
    await subscriber.subscribe(this.#channel);
  }

  #hear(text: string): void {
    if (text.startsWith(BEAT)) this.#heard = Math.max(this.#heard, Number(text.slice(BEAT.length)));
    else for (const id of text.split(" ")) this.#options.listener.onSettled(id);
  }

  /** One that Redis did not take says nothing: the connection for requests looks after itself. */
  async #beat(): Promise<void> {
    const { subscriber, requests, logger } = this.#options;
    if (subscriber.status !== "ready" || requests.status !== "ready") return;
    if (this.#taken - this.#heard > UNHEARD_MAX) {
      this.#heard = this.#taken;
      logger.warn("word of ended jobs does not come through, connecting anew");
      subscriber.disconnect(true);
      return;
    }
    this.#sent += 1;
    const beat = this.#sent;
    try {
      await requests.publish(this.#channel, `${BEAT}${beat}`);
      this.#taken = beat;
    } catch (error) {
      logger.debug({ reason: reasonOf(error) }, this.name);
    }
  }
}
