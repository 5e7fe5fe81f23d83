import type { Http2Bindings, HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/**
 * A header of a request, as Node has read it: Hono's way makes an object of all of them and searches that, which
 * a request with ten questions pays ten times. One that came several times is joined with commas.
 *
 * @param name in lower case
 */
export function headerOf(c: Context, name: string): string | undefined {
  const { incoming }: HttpBindings | Http2Bindings = c.env;
  const value = incoming.headers[name];
  return typeof value === "string" ? value : undefined;
}
