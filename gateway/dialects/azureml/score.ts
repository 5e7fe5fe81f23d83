import type { Context } from "hono";
import { z } from "zod";
import { ScoringError } from "../../../shared/error.ts";
import { jobMetricsSchema } from "../../../shared/job/outcome.ts";
import { isTerminal, type JobView } from "../../../shared/job/view.ts";
import type { Registry } from "../../../shared/model/registry.ts";
import { callerOf } from "../../access/caller.ts";
import { JSON_HEADERS } from "../../http/answers.ts";
import { hangUpOf } from "../../http/hang-up.ts";
import type { Handler } from "../../http/openapi/operation.ts";
import { endedBadly } from "../../jobs/job-answer.ts";
import { outputBody, wholeText, type ReadsPieces } from "../../jobs/large-output.ts";
import { longestWait } from "../../jobs/score.ts";
import type { JobServices } from "../../jobs/services.ts";
import type { Intake, Submission } from "../../jobs/submission.ts";
import { askedOf } from "../../routing/asked.ts";
import type { Asked as Sought, Planner } from "../../routing/planner.ts";
import type { Kind, Place } from "./kind.ts";
import { kindOf } from "./kinds.ts";
import { readRequest } from "./read-request.ts";

export type ScoreServices = Pick<JobServices, "scorer" | "bodies" | "waits" | "reader"> & {
  readonly registry: Registry;
  readonly planner: Planner;
  /** What `POST /score` scores with; undefined: there is none. */
  readonly scoreModel: string | undefined;
};

/** `POST /api/v1/service/{service}/score` */
export const scoreService: Handler<ScoreServices> = async (c, services) =>
  answered(await scored(c, askedOf(c, c.req.param("service") ?? ""), services), services);

/** `POST /api/v1/service/{service}/score/{variant}` */
export const scoreVariant: Handler<ScoreServices> = async (c, services) => {
  return answered(await scored(c, variantOf(c, services), services), services);
};

/** A variant of an endpoint; of a model, a version of it, `2` or `name@2`. */
function variantOf(c: Context, { planner }: ScoreServices): Sought {
  const service = c.req.param("service") ?? "";
  const variant = c.req.param("variant") ?? "";
  if (planner.endpointOf(callerOf(c), service) !== undefined) return { name: service, variant };
  const [name = ""] = service.split("@");
  return { name: variant.startsWith(`${name}@`) ? variant : `${name}@${variant}` };
}

/** `POST /score`: as the reference's first services answer, which ran on Flask. */
export const scoreOlder: Handler<ScoreServices> = async (c, services) => {
  const done = await scored(c, askedOf(c, olderName(services)), services);
  return answer(done, services.reader, ['{"result":[', `,"${computedIn(done.job)}"]}`]);
};

/** @throws {ScoringError} `not_found` */
export function olderName({ scoreModel }: Pick<ScoreServices, "scoreModel">): string {
  if (scoreModel !== undefined) return scoreModel;
  throw new ScoringError("not_found", "No model is served here: SCORE_MODEL is not set.");
}

/** How a request was read. */
interface Asked {
  readonly kind: Kind | undefined;
  readonly names: readonly string[];
  /** Of each row; none before it was read. */
  readonly places: readonly Place[];
}

/** A job that succeeded. */
interface Done extends Asked {
  readonly job: JobView;
}

/** @throws {ScoringError} also for a job that ended badly, or has not ended within the longest wait */
async function scored(c: Context, sought: Sought, services: ScoreServices): Promise<Done> {
  const { scorer, registry, bodies, waits } = services;
  let asked: Asked = { kind: undefined, names: [], places: [] };
  const read = async (intake: Intake): Promise<Submission> => {
    const kind = kindOf(registry.resolve(intake.model).manifest.pipeline);
    const { submission, places } = await readRequest(c, intake, { bodies, kind });
    asked = { kind, names: submission.names ?? [], places };
    return submission;
  };
  const wait = longestWait(waits, hangUpOf(c));
  const { job } = await scorer.score(callerOf(c), sought, read, wait);
  if (job.status === "succeeded") return { job, ...asked };
  if (isTerminal(job.status)) throw placed(endedBadly(job), asked.places);
  const message = `The job has not ended yet, and goes on: GET /v1/jobs/${job.id}.`;
  throw new ScoringError("wait_exceeded", message, { members: { job_id: job.id } });
}

/** A job's error, which points into the inputs of a job, as one that points into the request. */
function placed({ code, message, faults, members }: ScoringError, places: readonly Place[]) {
  const moved = faults.map((one) =>
    one.pointer === undefined ? one : { ...one, pointer: placeOf(one.pointer, places) },
  );
  return new ScoringError(code, message, { faults: moved, members });
}

/** @param pointer `/input` or `/inputs/3`, and what follows within the row */
function placeOf(pointer: string, places: readonly Place[]): string {
  const [, member, ...rest] = pointer.split("/");
  const [index, within] = member === "inputs" ? [Number(rest[0]), rest.slice(1)] : [0, rest];
  return places[index]?.(within.map((step) => `/${step}`).join("")) ?? pointer;
}

async function answered(done: Done, { reader }: ScoreServices): Promise<Response> {
  const isTimed = done.kind?.isTimed === true;
  return answer(done, reader, isTimed ? ["[", `,"${computedIn(done.job)}"]`] : ["", ""]);
}

/** @param around what stands before and behind the value */
async function answer(
  { job, kind, names }: Done,
  reader: ReadsPieces,
  around: readonly [before: string, behind: string],
): Promise<Response> {
  const headers = { ...JSON_HEADERS, "scoreline-job": job.id };
  if (kind === undefined) {
    const whole = outputBody(job, reader, around);
    return new Response(whole.body, { headers: { ...headers, ...whole.headers } });
  }
  const output: unknown = JSON.parse(await wholeText(outputBody(job, reader)));
  const outputs = job.form === "one" ? [output] : outputsSchema.parse(output);
  const value = JSON.stringify(kind.answer(outputs, { form: job.form, names }));
  return new Response(around.join(value), { headers });
}

const outputsSchema = z.array(z.unknown());

/** The time in the model, as clients of the reference print it. */
function computedIn({ metrics }: JobView): string {
  const { decode_ms: decode, inference_ms: inference } = jobMetricsSchema.parse(
    JSON.parse(metrics ?? "null"),
  );
  return `Computed in ${Math.round((decode + inference) * 100) / 100} ms`;
}
