import type { Registry } from "../../shared/model/registry.ts";
import { contractOf } from "../../shared/model/schema.ts";
import { eventStreamContent } from "./event-stream-content.ts";
import { queuedJob, succeededJob } from "./examples.ts";
import { modelExamples } from "../models/examples.ts";
import { json } from "../http/openapi/operation.ts";
import { operation, type Operation } from "../http/openapi/old-operation.ts";
import { named, ref, type Answer } from "../http/openapi/parts.ts";
import { modelParameter, waitParameters } from "../http/openapi/parameters.ts";
import { createParameters, optionParameters } from "./parameters.ts";

const CREATED = ["Location", "Preference-Applied", "Idempotent-Replayed"] as const;
const JOB = ["ETag", "Server-Timing"] as const;

/** `POST /v1/models/{model}/jobs` */
export function createJobOperation(registry: Registry): Operation {
  return operation("createJob", {
    tag: "Jobs",
    scope: "jobs:write",
    summary: "Score an input, or several",
    description:
      "Without a wait it answers 202 at once; with `Prefer: wait=n` it answers 200 when the job " +
      "succeeds in time, and what it ended with, under that problem's own status, when it does not.",
    parameters: [
      modelParameter(registry),
      ...waitParameters,
      ...createParameters,
      ...optionParameters(registry),
    ],
    requestBody: { required: true, content: bodies(registry) },
    answers: {
      200: endedInTime(),
      202: json("It is accepted; ask at `Location` for its end. No body with `return=minimal`.", {
        schema: ref("Job"),
        headers: [...CREATED, ...JOB, "Retry-After"],
        examples: { queued: queuedJob },
      }),
    },
    endings: ["JobLocation", "Server-Timing", "Preference-Applied", "Idempotent-Replayed"],
    fails: [
      "acceptance_unknown",
      "gone_deleted",
      "gone_expired",
      "lost",
      "idempotency_key_reused",
      "invalid_json",
      "not_found",
      "payload_too_large",
      "queue_full",
      "quota_exceeded",
      "service_unavailable",
      "unknown_field",
      "webhook_url_rejected",
    ],
  });
}

/** The job, or its events for who asked for them. */
function endedInTime(): Answer {
  const answer = json("It ended within the wait; or its events, when `Accept` asks for them.", {
    schema: ref("Job"),
    headers: [...CREATED, ...JOB, "X-Accel-Buffering"],
    examples: { succeeded: succeededJob },
  });
  return { ...answer, content: { ...answer.content, ...eventStreamContent } };
}

/** All that some model takes; `GET /v1/models/{model}` says which of them one does. */
function bodies(registry: Registry): object {
  const requests = Object.entries(modelExamples(registry)).map(([name, { request }]) => [
    name,
    request,
  ]);
  const media = new Set(registry.versions.flatMap(({ manifest }) => contractOf(manifest).media));
  const whole = [...media].map((type) => [type, { schema: rowSchema(type) }] as const);
  const form = {
    schema: {
      type: "object",
      description: "Files are inputs, other fields parameters, whatever their names.",
      additionalProperties: { type: "string", format: "binary" },
    },
  };
  return {
    "application/json": {
      schema: ref("CreateJob"),
      examples: named(Object.fromEntries(requests)),
    },
    ...(whole.length === 0 ? {} : { "multipart/form-data": form }),
    ...Object.fromEntries(whole),
  };
}

/** One input as a whole body. */
function rowSchema(mediaType: string): object {
  return mediaType.startsWith("text/")
    ? { type: "string", minLength: 1 }
    : { type: "string", format: "binary" };
}
