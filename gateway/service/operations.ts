import { fileAnswers, freshAnswer, json, routes } from "../http/openapi/operation.ts";
import { ifNoneMatchParameter, type Parameter } from "../http/openapi/parameters.ts";
import type { Room } from "../http/openapi/room.ts";
import { docs, docsAsset, docsAssets } from "./docs.ts";
import { errorDocs } from "./error-docs.ts";
import * as health from "./health.ts";
import { metrics, type MetricsServices } from "./metrics-route.ts";
import {
  listProcesses,
  processListSchema,
  type ProcessList,
  type ProcessServices,
} from "./processes.ts";
import { openapi, type DocumentServices } from "./rendered-document.ts";
import { getVersion, versionSchema, type Version, type VersionServices } from "./version.ts";

const checks = { redis: true, writable: true, data: true, accepting: true, clock: true };
const ready = { status: "ready", checks, waiting: 3, clock_skew_ms: 2 };
const notReady = {
  status: "not ready",
  checks: { ...checks, data: false },
  reason: health.REASONS.data,
  waiting: 0,
  clock_skew_ms: -1,
};

const version = {
  object: "version",
  version: "0.1.0",
  build: "d6a98e0",
  node: "24.21.0",
  redis: "8.2.1",
  onnxruntime: "1.30.0",
} satisfies Version;

const processes = {
  object: "list",
  data: [
    {
      id: "5f0c2a9be41d",
      role: "worker",
      host: "worker-cpu-6d9f7c5b8-x2x7q",
      pid: 1,
      version: "0.1.0",
      state: "alive",
      since: "2026-11-30T07:00:00.000Z",
      last_seen: "2026-11-30T08:00:00.000Z",
      errors: [
        {
          at: "2026-11-30T07:00:02.000Z",
          message: "model cannot be loaded",
          detail: "model: wine@1, reason: its file is broken",
          count: 1,
        },
      ],
    },
  ],
} satisfies ProcessList;

const nameParameter: Parameter = {
  name: "name",
  in: "path",
  required: true,
  description: "Name of the file.",
  schema: { type: "string", enum: docsAssets },
};

const probe = routes({ tag: "Service", scope: "probe" });
const base = { tag: "Service", scope: "open" } as const;
const route = routes(base);
const page = routes({ ...base, parameters: [ifNoneMatchParameter] });

/** Paths that lead to others, tell of health, or document: open to everybody. */
export const serviceRoom: Room<
  health.HealthServices & MetricsServices & DocumentServices & VersionServices & ProcessServices
> = {
  answers: {
    Health: health.healthSchema,
    Readiness: health.readinessSchema,
    Version: versionSchema,
    ProcessList: processListSchema,
  },
  operations: [
    route.get("/v1/version", getVersion, {
      scope: "any",
      summary: "Versions of what runs here",
      answers: { 200: json("The versions.", "Version", { version }) },
    }),
    route.get("/v1/processes", listProcesses, {
      scope: "operator",
      summary: "Processes of Scoreline, and the last errors of each",
      description:
        "Those that live, and for an hour those that are gone, unless they stopped without an error. " +
        "Errors are lines of the log, at level `error` or `fatal`, cut to 300 characters each.",
      answers: { 200: json("The processes.", "ProcessList", { processes }) },
    }),
    // Probes and Prometheus have no key, and must be answered whatever strangers do: these cost next
    // to nothing.
    probe.get("/healthz", health.healthz, {
      summary: "Whether the process is alive",
      answers: { 200: json("It is.", "Health", { ok: { status: "ok" } }) },
    }),
    probe.get("/readyz", health.readyz, {
      summary: "Whether it is ready for requests",
      answers: {
        200: json("It is ready.", "Readiness", { ready }),
        503: json("It is not ready.", "Readiness", { notReady }),
      },
    }),
    probe.get("/metrics", metrics, {
      summary: "Metrics for Prometheus",
      answers: {
        200: freshAnswer("The metrics of this gateway, at most a second old.", {
          "text/plain": { schema: { type: "string" } },
        }),
      },
    }),
    page.get("/docs", docs, {
      summary: "This reference, for people",
      answers: fileAnswers(["text/html"], ["Referrer-Policy"]),
    }),
    page.get("/docs/assets/{name}", docsAsset, {
      summary: "A file of the reference page",
      parameters: [nameParameter, ifNoneMatchParameter],
      answers: fileAnswers(["text/css", "text/javascript"], ["Referrer-Policy"]),
      fails: ["not_found"],
    }),
    page.get("/docs/errors", errorDocs, {
      summary: "What each problem type means",
      answers: fileAnswers(["text/html"], ["Referrer-Policy"]),
    }),
    page.get("/openapi.json", openapi, {
      summary: "This document",
      answers: fileAnswers(["application/json"], [], { type: "object" }),
    }),
  ],
};
