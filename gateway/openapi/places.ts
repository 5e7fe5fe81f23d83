import { json, operation, type Operation } from "./operation.ts";
import { ref, type Answer } from "./parts.ts";

const ready = { status: "ready", checks: { redis: true, accepting: true } };
const notReady = { status: "not ready", checks: { redis: false, accepting: true } };

/** Paths that lead to others, tell of health, or document: open to everybody. */
export function placePaths(): Record<string, { get: Operation }> {
  return {
    "/": {
      get: place("index", "Where things are", {
        200: json("Paths.", { schema: ref("Index") }),
      }),
    },
    "/healthz": {
      get: place("healthz", "Whether the process lives", {
        200: json("It does.", { schema: ref("Health"), examples: { ok: { status: "ok" } } }),
      }),
    },
    "/readyz": {
      get: place("readyz", "Whether requests may come", {
        200: json("They may.", { schema: ref("Readiness"), examples: { ready } }),
        503: json("They should not.", { schema: ref("Readiness"), examples: { notReady } }),
      }),
    },
    "/docs/errors": { get: place("errorDocs", "What the types of problems mean", { 200: page }) },
    "/openapi.json": {
      get: place("openapi", "This document", {
        200: json("OpenAPI 3.1.", { schema: { type: "object" } }),
      }),
    },
  };
}

const page: Answer = {
  description: "A page.",
  content: { "text/html": { schema: { type: "string" } } },
};

function place(id: string, summary: string, answers: Record<number, Answer>): Operation {
  return operation(id, { tag: "Service", summary, answers });
}
