import type { Http2Bindings, HttpBindings } from "@hono/node-server";
import type { Logger } from "../../shared/log.ts";
import { fieldsOf } from "../../shared/trace.ts";
import { traceOf } from "./request-trace.ts";

/** No path of ours is longer; a stranger's may be as long as a head may be. */
const PATH_LENGTH_MAX = 200;

export interface Answered {
  readonly status: number;
  /** By `performance`. */
  readonly startMs: number;
}

/**
 * One line a request, without query, headers or body: what went wrong on our side as a warning, what
 * was refused as information, and the rest only for whoever wants to see it (`LOG_LEVEL=debug`). So is
 * what came too often, or who sends too much would fill the log with it; `/metrics` counts it.
 */
export function logAnswer(
  logger: Logger,
  { method, url }: Pick<Request, "method" | "url">,
  bindings: HttpBindings | Http2Bindings,
  { status, startMs }: Answered,
): void {
  const isRefused = status >= 400 && status !== 429;
  const level = status >= 500 ? "warn" : isRefused ? "info" : "debug";
  if (!logger.isLevelEnabled(level)) return;
  const path = new URL(url).pathname.slice(0, PATH_LENGTH_MAX);
  const ms = Math.round(performance.now() - startMs);
  logger[level]({ method, path, status, ms, ...fieldsOf(traceOf(bindings)) }, "request");
}
