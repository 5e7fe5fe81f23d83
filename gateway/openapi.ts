import type { Registry } from "../shared/model/registry.ts";
import { packageVersion } from "../shared/version.ts";
import { ALWAYS, headerComponents } from "./http/openapi/headers.ts";
import { operationObject, withHeaders, type OperationObject } from "./http/openapi/operation.ts";
import type { Answer } from "./http/openapi/parts.ts";
import { EVERYWHERE, problemResponses } from "./http/openapi/problems.ts";
import { schemaComponents } from "./http/openapi/room.ts";
import { dialectsOf, operationsWith, roomsWith } from "./rooms.ts";

/**
 * The description of the API (OpenAPI 3.1), for the models there are.
 *
 * @param dialects names of those that are spoken; by default, all there are
 */
export function openapi(registry: Registry, dialects?: readonly string[]): object {
  return {
    openapi: "3.1.1",
    info: {
      title: "Scoreline",
      version: packageVersion(),
      description:
        "Queue-backed scoring of ONNX models. JSON is snake_case, times are RFC 3339 in UTC, " +
        "durations in JSON are milliseconds and in headers seconds.\n\n" +
        "Every error is a problem document (RFC 9457) with a `code` for programs; " +
        "[all of them](/docs/errors). Besides what an operation lists, any path may answer 400 " +
        "`bad_request` to invalid HTTP, 404 `not_found` for an unknown path, 405 " +
        "`method_not_allowed`, with `Allow`, and 429 `quota_exceeded` if too many requests come " +
        "without a key.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    tags: [
      { name: "Jobs", description: "Score inputs, and follow each job to its output." },
      { name: "Batches", description: "Many inputs at once: upload, score and read them in bulk." },
      { name: "Models", description: "What can be scored, and how busy it is." },
      {
        name: "Queue",
        description: "The lanes that jobs wait in, and what an operator does with them.",
      },
      { name: "Endpoints", description: "One name for several versions, and who gets which." },
      { name: "Webhooks", description: "Receivers of events, and the state of deliveries." },
      { name: "Keys", description: "Who may do what." },
      { name: "Service", description: "The gateway itself." },
      ...dialectsOf(dialects).map(({ tag }) => tag),
    ],
    paths: paths(registry, dialects),
    components: {
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: "`sk_…`, one of a key's two tokens, or an access token.",
        },
      },
      headers: headerComponents(),
      responses: withHeaders(problemsOfEveryPath(), ALWAYS),
      schemas: schemaComponents(roomsWith(dialects), registry),
    },
  };
}

function problemsOfEveryPath(): Record<string, Answer> {
  return Object.fromEntries(
    EVERYWHERE.flatMap((code) => Object.values(problemResponses([code])).map((it) => [code, it])),
  );
}

type Paths = Record<string, Record<string, OperationObject>>;

function paths(registry: Registry, dialects?: readonly string[]): Paths {
  const all: Paths = {};
  for (const operation of operationsWith(dialects)) {
    const path = (all[operation.path] ??= {});
    path[operation.method.toLowerCase()] = operationObject(operation, registry);
  }
  return all;
}
