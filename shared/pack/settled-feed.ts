import { Every, type Service } from "../service.ts";
import { type Logger, reasonOf } from "../log.ts";
import type { Redis } from "../redis/connection.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { parseSegment, type Segment } from "./segment.ts";

/** Told of what others did. Anything may be missed, and may come twice. */
export interface SettledListener {
  /** Jobs of a pack have ended. */
  onEnded(pack: string, segment: Segment): void;
  /** A pack is to be read again. */
  onChanged(pack: string): void;
  /** A batch has ended, or has changed. */
  onSettled(batch: string): void;
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
/**
 * What is said, by its first word: behind it a number; a pack and a segment; packs. What begins with none of
 * them is ids of batches.
 */
const BEAT = "beat ";
const ENDED = "p ";
const CHANGED = "r ";
const BLANK = 0x20;

/**
 * Word of jobs and batches that a gateway asked for. A subscriber only listens: it notices neither that
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
    subscriber.on("messageBuffer", (_channel: Buffer, message: Buffer) => this.#hear(message));
    subscriber.on("ready", () => {
      this.#heard = this.#taken;
      listener.onReconnected();
    });
    await subscriber.subscribe(this.#channel);
  }

  #hear(message: Buffer): void {
    const { listener } = this.#options;
    if (message.toString("latin1", 0, ENDED.length) === ENDED) {
      const end = message.indexOf(BLANK, ENDED.length);
      const pack = message.toString("latin1", ENDED.length, end);
      return listener.onEnded(pack, parseSegment(message.subarray(end + 1)));
    }
    const text = message.toString();
    if (text.startsWith(BEAT)) {
      this.#heard = Math.max(this.#heard, Number(text.slice(BEAT.length)));
    } else if (text.startsWith(CHANGED)) {
      for (const pack of text.slice(CHANGED.length).split(" ")) listener.onChanged(pack);
    } else {
      for (const batch of text.split(" ")) listener.onSettled(batch);
    }
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
