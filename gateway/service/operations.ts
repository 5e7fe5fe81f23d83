import { docsAssets } from "./docs.ts";
import { PLACES, REASONS } from "./health.ts";
import { headers, type HeaderName } from "../http/openapi/headers.ts";
import { json, operation, type Operation } from "../http/openapi/operation.ts";
import { ifNoneMatchParameter, type Parameter } from "../http/openapi/parameters.ts";
import { ref, type Answer } from "../http/openapi/parts.ts";

const checks = { redis: true, writable: true, data: true, accepting: true, clock: true };
const ready = { status: "ready", checks, waiting: 3, clock_skew_ms: 2 };
const notReady = {
  status: "not ready",
  checks: { ...checks, data: false },
  reason: REASONS.data,
  waiting: 0,
  clock_skew_ms: -1,
};

/** Paths that lead to others, tell of health, or document: open to everybody. */
export function placePaths(): Record<string, { get: Operation }> {
  return {
    "/": {
      get: operation("index", {
        tag: "Service",
        isForStrangers: true,
        summary: "Where things are",
        answers: { 200: json("Paths.", { schema: ref("Index"), examples: { places: PLACES } }) },
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
    "/metrics": {
      get: place("metrics", "Figures for Prometheus", {
        200: {
          description: "The figures of this gateway, a second old at most.",
          headers: headers(["Cache-Control"]),
          content: files("text/plain"),
        },
      }),
    },
    ...docsPaths(),
    "/docs/errors": {
      get: page("errorDocs", "What the types of problems mean", pageAnswers(files("text/html"))),
    },
    "/openapi.json": { get: page("openapi", "This document", pageAnswers(description)) },
  };
}

/** The reference for people, and what it is made of. */
function docsPaths(): Record<string, { get: Operation }> {
  const names = { type: "string", enum: docsAssets };
  const name: Parameter = {
    name: "name",
    in: "path",
    required: true,
    description: "The part.",
    schema: names,
  };
  return {
    "/docs": {
      get: page("docs", "This reference, for people", docsAnswers("text/html")),
    },
    "/docs/assets/{name}": {
      get: operation("docsAsset", {
        tag: "Service",
        isForStrangers: true,
        summary: "A part of the reference's page",
        parameters: [name, ifNoneMatchParameter],
        answers: docsAnswers("text/css", "text/javascript", "image/png"),
        fails: ["not_found"],
      }),
    },
  };
}

function docsAnswers(...types: readonly string[]): Record<number, Answer> {
  return pageAnswers(files(...types), ["Referrer-Policy"]);
}

/** Of what is the same for all, and need not be sent twice. */
function pageAnswers(content: object, more: readonly HeaderName[] = []): Record<number, Answer> {
  const sent = headers(["PageCacheControl", "PageETag", ...more]);
  return {
    200: { description: "The file.", headers: sent, content },
    304: { description: "It is as `If-None-Match` knows it.", headers: sent },
  };
}

const description = { "application/json": { schema: { type: "object" } } };

function files(...types: readonly string[]): object {
  return Object.fromEntries(types.map((type) => [type, { schema: { type: "string" } }]));
}

function page(id: string, summary: string, answers: Record<number, Answer>): Operation {
  const parameters = [ifNoneMatchParameter];
  return operation(id, { tag: "Service", isForStrangers: true, summary, parameters, answers });
}

function place(id: string, summary: string, answers: Record<number, Answer>): Operation {
  return operation(id, { tag: "Service", summary, answers });
}
