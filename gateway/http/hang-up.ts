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
  return {
    get aborted() {
      return outgoing.destroyed && !outgoing.writableFinished;
    },
    addEventListener: (_type, listener) => outgoing.on("close", listener),
  };
}
