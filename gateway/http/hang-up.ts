import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** Tells that a client has gone away. An `AbortSignal` is one, and dearer than all that a wait needs. */
export interface HangUp {
  readonly aborted: boolean;
  /** @param listener may also be called when nobody hung up and all is over */
  addEventListener(type: "abort", listener: () => void): void;
}

/** Of the client of a request. */
export function hangUpOf(c: Context): HangUp {
  const { outgoing }: HttpBindings = c.env;
  return new ClientHangUp(outgoing);
}

/** A class: an object with a getter of its own is ten times as dear to make. */
class ClientHangUp implements HangUp {
  readonly #outgoing: ServerResponse;

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
  }

  get aborted(): boolean {
    return this.#outgoing.destroyed && !this.#outgoing.writableFinished;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#outgoing.on("close", listener);
  }
}
