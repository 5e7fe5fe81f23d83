import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Registry } from "../shared/model/registry.ts";
import { contractOf, publishSchemas } from "../shared/model/schema.ts";
import { createSchema } from "./body/json.ts";
import { keyPaths, keySchemas } from "./openapi-keys.ts";
import {
  header,
  idParameter,
  json,
  locked,
  operation,
  problem,
  ref,
  schemaOf,
} from "./openapi-parts.ts";
import type { Operation } from "./openapi-parts.ts";
import { listQuerySchema } from "./routes/list-jobs.ts";
import { jobListSchema, jobSchema, problemSchema, queueSchema } from "./schema/answers.ts";

/** The description of the API (OpenAPI 3.1), for the models there are. */
export function openapi(registry: Registry): object {
  return {
    openapi: "3.1.1",
    info: { title: "Scoreline", version: packageVersion(), license: { name: "Apache-2.0" } },
    paths: {
      "/v1/models/{model}/jobs": { post: locked("jobs:write", createJobOperation(registry)) },
      "/v1/jobs": { get: locked("jobs:read", listJobsOperation()) },
      "/v1/jobs/{id}": {
        get: locked("jobs:read", getJobOperation()),
        delete: locked("jobs:write", deleteJobOperation()),
      },
      "/v1/jobs/{id}/retry": { post: locked("jobs:write", retryJobOperation()) },
      "/v1/jobs/{id}/result": { get: locked("jobs:read", getResultOperation()) },
      "/v1/jobs/{id}/events": { get: locked("jobs:read", jobEventsOperation()) },
      "/v1/jobs/{id}/cancel": { post: locked("jobs:cancel", cancelJobOperation()) },
      "/v1/models": {
        get: locked(
          "any",
          operation("listModels", "Names and versions of the models", {
            200: json("The models that the key may use.", { type: "object" }),
          }),
        ),
      },
      "/v1/models/{model}": {
        get: locked("any", {
          ...operation("getModel", "What a model version takes and gives", {
            200: json("The model version, with JSON Schemas.", { type: "object" }),
            404: problem("There is no such model."),
          }),
          parameters: [modelParameter(registry)],
        }),
      },
      "/v1/models/{model}/queue": {
        get: locked("any", {
          ...operation("getQueue", "How a model version's queues are doing", {
            200: json("Both classes of work.", ref("Queue")),
            404: problem("There is no such model."),
            503: problem("Redis does not answer; try again."),
          }),
          parameters: [modelParameter(registry)],
        }),
      },
      ...keyPaths(),
      "/": { get: operation("index", "Where things are", { 200: json("Paths.", {}) }) },
      "/healthz": {
        get: operation("healthz", "Whether the process lives", { 200: json("It does.", {}) }),
      },
      "/readyz": {
        get: operation("readyz", "Whether requests may come", {
          200: json("They may.", {}),
          503: json("They should not.", {}),
        }),
      },
      "/docs/errors": {
        get: operation("errorDocs", "What the types of problems mean", {
          200: { description: "A page.", content: { "text/html": { schema: {} } } },
        }),
      },
      "/openapi.json": {
        get: operation("openapi", "This document", { 200: json("OpenAPI 3.1.", {}) }),
      },
    },
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "`sk_…`, one of a key's two tokens." },
      },
      schemas: {
        ...keySchemas(),
        Job: schemaOf(jobSchema, "output"),
        JobList: schemaOf(jobListSchema, "output"),
        Queue: schemaOf(queueSchema, "output"),
        Problem: schemaOf(problemSchema, "output"),
        CreateJob: schemaOf(createSchema, "input"),
        ...modelSchemas(registry),
      },
    },
  };
}

function createJobOperation(registry: Registry): Operation {
  const media = new Set(registry.versions.flatMap(({ manifest }) => contractOf(manifest).media));
  const binary = Object.fromEntries([...media].map((type) => [type, { schema: {} }]));
  return {
    ...operation("createJob", "Score an input, or several", {
      200: json("It ended within the wait.", ref("Job")),
      202: json("It is accepted; ask at `Location` for its end.", ref("Job")),
      400: problem("The body is not valid JSON."),
      404: problem("There is no such model."),
      409: problem("It was canceled while you waited."),
      410: problem("The idempotency key is bound to a job that has expired or was deleted."),
      413: problem("The body is too large."),
      415: problem("The body's type is not taken."),
      422: problem("The input is not valid, or the idempotency key is another request's."),
      429: problem("You have too many unfinished jobs."),
      502: problem("The model failed or crashed on this input."),
      503: problem("Nothing was stored, but for `acceptance_unknown`; try again."),
      504: problem("The model took too long on this input."),
    }),
    parameters: [
      modelParameter(registry),
      ...waitParameters(),
      header("Idempotency-Key", "1 to 255 visible characters; repeats get the same job."),
      header("Cancel-After", "As `timeouts.total_ms`: seconds, or `90s`, `1m`, `2h`."),
      {
        name: "on_failure",
        in: "query",
        description: "`job`: answer 200 and the job also when it failed within the wait.",
        schema: { enum: ["job", "problem"] },
      },
    ],
    requestBody: {
      required: true,
      content: {
        "application/json": { schema: ref("CreateJob") },
        "multipart/form-data": { schema: { type: "object" } },
        ...binary,
      },
    },
  };
}

function getJobOperation(): Operation {
  return {
    ...operation("getJob", "The job, or the job once it has ended", {
      200: json("The job, ended or not.", ref("Job")),
      304: { description: "It is as `If-None-Match` knows it." },
      404: problem("There is no such job."),
      410: problem("Its record has expired."),
      503: problem("Redis does not answer; try again."),
    }),
    parameters: [idParameter(), ...waitParameters(), header("If-None-Match", "An `ETag`.")],
  };
}

function getResultOperation(): Operation {
  return {
    ...operation("getResult", "The output alone", {
      200: json("The output, or the list of outputs.", {}),
      202: json("The job has not ended.", ref("Job")),
      404: problem("There is no such job."),
      409: problem("The job was canceled."),
      410: problem("Its record has expired."),
      415: problem("The input was of a type that is not taken."),
      422: problem("The input was not valid."),
      502: problem("The model failed or crashed on this input."),
      503: problem("The model cannot be loaded, or Redis does not answer."),
      504: problem("The model took too long on this input."),
    }),
    parameters: [idParameter(), ...waitParameters()],
  };
}

function jobEventsOperation(): Operation {
  const events = { "text/event-stream": { schema: { type: "string" } } };
  return {
    ...operation("jobEvents", "The job now, then each change until its end", {
      200: { description: "`status` events, then `completed`.", content: events },
      204: { description: "`Last-Event-ID` is its end: there is nothing more." },
      404: problem("There is no such job."),
      410: problem("Its record has expired or was deleted."),
      503: problem("Redis does not answer; try again."),
    }),
    parameters: [idParameter(), header("Last-Event-ID", "The last event that was seen.")],
  };
}

function cancelJobOperation(): Operation {
  return {
    ...operation("cancelJob", "Cancel a queued or running job", {
      200: json("It is canceled.", ref("Job")),
      404: problem("There is no such job."),
      409: problem("It has ended otherwise."),
      410: problem("Its record has expired."),
      503: problem("Redis does not answer; try again."),
    }),
    parameters: [idParameter()],
  };
}

function retryJobOperation(): Operation {
  return {
    ...operation("retryJob", "Queue an ended job once more, as its next attempt", {
      202: json("It is queued.", ref("Job")),
      404: problem("There is no such job."),
      409: problem("It has not ended, or has succeeded."),
      410: problem("Its record has expired or was deleted."),
      429: problem("You have too many unfinished jobs."),
      503: problem("The queue is full, or Redis does not answer."),
    }),
    parameters: [idParameter()],
  };
}

function deleteJobOperation(): Operation {
  return {
    ...operation("deleteJob", "Erase input, output and record of an ended job", {
      204: { description: "It is erased." },
      404: problem("There is no such job."),
      409: problem("It has not ended."),
      410: problem("Its record has expired."),
      503: problem("Redis does not answer; try again."),
    }),
    parameters: [idParameter()],
  };
}

function listJobsOperation(): Operation {
  const schemas = Object.entries(listQuerySchema.shape);
  return {
    ...operation("listJobs", "Your jobs, newest first", {
      200: json("A page of them; `Link` names the next.", ref("JobList")),
      422: problem("A query parameter is not valid."),
      503: problem("Redis does not answer; try again."),
    }),
    parameters: schemas.map(([name, schema]) => ({
      name,
      in: "query",
      description: schema.description ?? "",
      schema: schemaOf(schema, "input"),
    })),
  };
}

function modelSchemas(registry: Registry): Record<string, object> {
  return Object.fromEntries(
    registry.versions.flatMap(({ id, manifest }) => {
      const { input, output, parameters } = publishSchemas(contractOf(manifest));
      const name = id.replace("@", "_v");
      return [
        [`${name}_input`, input],
        [`${name}_output`, output],
        [`${name}_parameters`, parameters],
      ];
    }),
  );
}

function modelParameter(registry: Registry): object {
  const known = [...registry.names, ...registry.versions.map((version) => version.id)];
  return {
    name: "model",
    in: "path",
    required: true,
    description: "`name` for its default version, or `name@version`.",
    schema: { type: "string", examples: known },
  };
}

function waitParameters(): object[] {
  return [
    header("Prefer", "`wait=n` seconds (RFC 7240), `respond-async`, `return=minimal`."),
    { name: "wait", in: "query", description: "As `Prefer: wait=n`.", schema: { type: "number" } },
  ];
}

function packageVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
}
