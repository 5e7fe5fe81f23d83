import type { Http2Bindings, HttpBindings } from "@hono/node-server";
import { TracedRequest } from "../../shared/safe-response.ts";
import { requestTraceOf, type RequestTrace } from "../../shared/trace.ts";

/** By what a request is found again. @param bindings `env` of its context */
export function traceOf({ incoming }: HttpBindings | Http2Bindings): RequestTrace {
  return incoming instanceof TracedRequest ? incoming.trace : requestTraceOf(incoming.headers);
}
