import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { isTerminal } from "../../shared/job/view.ts";
import { callerOf } from "../access/caller.ts";
import type { BodyBudget } from "../http/body-budget.ts";
import { eventStream } from "../http/event-stream.ts";
import { headerOf } from "../http/header.ts";
import { hangUpOf } from "../http/hang-up.ts";
import { readIdempotencyKey } from "../http/idempotency-key.ts";
import { preferenceOf, waitLimits, type Preference } from "../http/prefer.ts";
import { traceOf } from "../http/request-trace.ts";
import {
  bareAnswer,
  currentAnswer,
  endedBadlyAnswer,
  jobAnswer,
  lookAt,
  retryHeaders,
  type Looks,
} from "./job-answer.ts";
import { courseOf } from "./get-job.ts";
import { readSubmission } from "./read-submission.ts";
import { askedOf } from "../routing/asked.ts";
import type { Defaults, Scored, Wait } from "./score.ts";
import type { JobServices } from "./services.ts";
import type { Intake, Submission } from "./submission.ts";
import { readCancelAfter } from "./terms.ts";

type Services = Looks & Pick<JobServices, "scorer" | "reader" | "waits" | "bodies">;

/** `POST /v1/models/{model}/jobs` */
export async function createJob(c: Context, services: Services): Promise<Response> {
  const { scorer, waits, waiter, bodies } = services;
  const signal = hangUpOf(c);
  // Clients that cannot follow `Location` get the job's events as the answer to their POST.
  const follows = headerOf(c, "accept")?.startsWith("text/event-stream") === true;
  let preference: Preference | undefined;
  const wait = (defaults: Defaults): Wait => {
    preference = preferenceOf(c, waitLimits(waits, defaults?.wait_ms));
    readOnFailure(c);
    return { ms: preference.waitMs, follows, signal };
  };
  const read = (intake: Intake) => readRequest(c, intake, bodies);
  const asked = askedOf(c, c.req.param("model") ?? "");
  const scored = await scorer.score(callerOf(c), asked, read, wait);
  const { job, isReplay } = scored;
  if (!follows || isReplay) {
    return answer(c, scored, preference ?? preferenceOf(c, waits), services);
  }
  const options = { id: job.id, waiter, lastSeen: undefined, signal };
  const location = { location: `/v1/jobs/${job.id}` };
  return eventStream({ ...courseOf(job, services), ...options }, location);
}

async function readRequest(c: Context, intake: Intake, bodies: BodyBudget): Promise<Submission> {
  const idempotencyKey = readIdempotencyKey(headerOf(c, "idempotency-key"));
  const cancelAfterMs = readCancelAfter(headerOf(c, "cancel-after"));
  const submission = await readSubmission(c, intake, bodies);
  const terms = { ...submission.terms, totalMs: submission.terms.totalMs ?? cancelAfterMs };
  return { ...submission, terms, idempotencyKey, trace: traceOf(c.env) };
}

async function answer(
  c: Context,
  { job, isReplay }: Scored,
  { applied, isMinimal }: Preference,
  services: Looks & Pick<JobServices, "reader">,
): Promise<Response> {
  const headers = {
    ...(applied === undefined ? {} : { "preference-applied": applied }),
    ...(isReplay ? { "idempotent-replayed": "true" } : {}),
  };
  const located = { location: `/v1/jobs/${job.id}`, ...headers };
  if (!isTerminal(job.status)) {
    if (!isMinimal) return currentAnswer(job, 202, located, services);
    const retry = retryHeaders(await lookAt(job, services), services);
    return bareAnswer(job, 202, { ...located, ...retry });
  }
  if (job.status === "succeeded" || readOnFailure(c) === "job") {
    const { reader } = services;
    return jobAnswer(job, 200, { headers: located, reader });
  }
  return endedBadlyAnswer(job, headers);
}

/** @throws {ScoringError} `invalid_input` for a value nobody knows */
function readOnFailure(c: Context): "job" | "problem" {
  const value = c.req.query("on_failure") ?? "problem";
  if (value === "job" || value === "problem") return value;
  throw new ScoringError("invalid_input", "?on_failure= must be `job` or `problem`.", {
    faults: [{ detail: "is neither `job` nor `problem`", parameter: "on_failure" }],
  });
}
