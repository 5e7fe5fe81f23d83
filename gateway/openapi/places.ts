import { docsAssets } from "../routes/docs.ts";
import { PLACES } from "../routes/health.ts";
import { headers } from "./headers.ts";
import { json, operation, type Operation } from "./operation.ts";
import { ifNoneMatchParameter, type Parameter } from "./parameters.ts";
import { ref, type Answer } from "./parts.ts";

const ready = { status: "ready", checks: { redis: true, accepting: true }, waiting: 3 };
const notReady = { status: "not ready", checks: { redis: false, accepting: true }, waiting: 0 };

/** Paths that lead to others, tell of health, or document: open to everybody. */
export function placePaths(): Record<string, { get: Operation }> {
  return {
    "/": {
      get: place("index", "Where things are", {
        200: json("Paths.", { schema: ref("Index"), examples: { places: PLACES } }),
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
        200: { ...file("text/plain"), headers: headers(["Cache-Control"]) },
      }),
    },
    ...docsPaths(),
    "/docs/errors": {
      get: place("errorDocs", "What the types of problems mean", { 200: file("text/html") }),
    },
    "/openapi.json": {
      get: place("openapi", "This document", {
        200: json("OpenAPI 3.1.", { schema: { type: "object" } }),
      }),
    },
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
      get: operation("docs", {
        tag: "Service",
        summary: "This reference, for people",
        parameters: [ifNoneMatchParameter],
        answers: docsAnswers("text/html"),
      }),
    },
    "/docs/assets/{name}": {
      get: operation("docsAsset", {
        tag: "Service",
        summary: "A part of the reference's page",
        parameters: [name, ifNoneMatchParameter],
        answers: docsAnswers("text/css", "text/javascript", "image/png"),
        fails: ["not_found"],
      }),
    },
  };
}

function docsAnswers(...types: readonly string[]): Record<number, Answer> {
  const sent = headers([
    "Cache-Control",
    "ETag",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
  ]);
  return {
    200: { ...file(...types), headers: sent },
    304: { description: "It is as `If-None-Match` knows it.", headers: sent },
  };
}

function file(...types: readonly string[]): Answer {
  const content = Object.fromEntries(types.map((type) => [type, { schema: { type: "string" } }]));
  return { description: "The file.", content };
}

function place(id: string, summary: string, answers: Record<number, Answer>): Operation {
  return operation(id, { tag: "Service", summary, answers });
}
