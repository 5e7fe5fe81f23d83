import { randomUUID } from "node:crypto";
import { z } from "zod";
import { fault, ScoringError } from "../../../shared/error.ts";
import { isTerminal, type JobView } from "../../../shared/job/view.ts";
import { callerOf, type Caller } from "../../access/caller.ts";
import { jsonAnswer } from "../../http/answers.ts";
import { hangUpOf } from "../../http/hang-up.ts";
import type { Handler } from "../../http/openapi/operation.ts";
import { canonicalJson } from "../../http/idempotency-key.ts";
import { parseShort } from "../../http/parse-short.ts";
import { endedBadly } from "../../jobs/job-answer.ts";
import { outputBody, wholeText } from "../../jobs/large-output.ts";
import { longestWait } from "../../jobs/score.ts";
import type { JobServices } from "../../jobs/services.ts";
import type { Intake, Submission } from "../../jobs/submission.ts";
import { askedOf } from "../../routing/asked.ts";
import type { Asked, Planner } from "../../routing/planner.ts";
import { partsOf, type Part } from "./parts.ts";
import {
  readEmbeddingRequest,
  type EmbeddingInput,
  type EmbeddingRequest,
} from "./read-request.ts";

export type EmbeddingServices = Pick<
  JobServices,
  "scorer" | "bodies" | "waits" | "reader" | "jobs"
> & { readonly planner: Planner };

/** The pipeline that this route is for. */
export const PIPELINE = "text-embedding";

export const embeddingListSchema = z.strictObject({
  object: z.literal("list"),
  data: z.array(
    z.strictObject({
      object: z.literal("embedding"),
      index: z.int().min(0),
      embedding: z
        .union([z.array(z.number()), z.string()])
        .describe("Numbers, or base64 of float32, little-endian."),
      truncated: z.literal(true).optional().describe("The text was longer than the model takes."),
    }),
  ),
  model: z.string().describe("The version that scored it, `name@version`."),
  usage: z.strictObject({ prompt_tokens: z.int().min(0), total_tokens: z.int().min(0) }),
});

type EmbeddingList = z.infer<typeof embeddingListSchema>;

/**
 * `POST /openai/v1/embeddings`: a job for as many texts as run together, all at a time. What does not end
 * within the longest wait is canceled: these clients do not come back for it, but ask anew.
 */
export const createEmbeddings: Handler<EmbeddingServices> = async (c, services) => {
  const { planner, waits } = services;
  const request = await readEmbeddingRequest(c, services.bodies);
  const caller = callerOf(c);
  const { inputs } = request;
  const asked = together(askedOf(c, request.model), inputs.length);
  const { version } = planner.plan(caller, asked);
  const { pipeline, batching } = version.manifest;
  if (pipeline.type !== PIPELINE) {
    const detail = `${version.id} is a model of ${pipeline.type}; embeddings are of ${PIPELINE}`;
    throw fault("invalid_input", "/model", detail);
  }
  const parts = partsOf(inputs, batching.max_batch_size);
  // One that fails takes the others with it.
  const stop = new AbortController();
  hangUpOf(c).addEventListener("abort", () => stop.abort());
  const wait = longestWait(waits, stop.signal);
  const jobs = await allOf(parts, stop, async (part) =>
    scoreOne(part, { request, caller, asked, wait }, services),
  );
  const { data, tokens } = await dataOf(jobs, parts, services);
  const answer: EmbeddingList = {
    object: "list",
    data,
    model: version.id,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return jsonAnswer(answer, 200, { "scoreline-job": jobs.map(({ id }) => id).join(", ") });
};

/** All of a request get the same variant of an endpoint: embeddings of two models cannot be compared. */
function together(asked: Asked, count: number): Asked {
  const isFree = asked.variant === undefined && asked.affinity === undefined;
  return isFree && count > 1 ? { ...asked, affinity: randomUUID() } : asked;
}

/** All results, or the first fault, once nothing of the others goes on. */
async function allOf<T, R>(
  items: readonly T[],
  stop: AbortController,
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  let first: { readonly error: unknown } | undefined;
  const settled = await Promise.allSettled(
    items.map(async (item) =>
      run(item).catch((error: unknown) => {
        first ??= { error };
        stop.abort();
        throw error;
      }),
    ),
  );
  if (first !== undefined) throw first.error;
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

interface Scoring {
  readonly request: EmbeddingRequest;
  readonly caller: Caller;
  readonly asked: Asked;
  readonly wait: ReturnType<typeof longestWait>;
}

/** @throws {ScoringError} also for a job that ended badly, or has not ended in time */
async function scoreOne(
  part: Part<EmbeddingInput>,
  { request, caller, asked, wait }: Scoring,
  { scorer, jobs }: EmbeddingServices,
): Promise<JobView> {
  const submission = async (intake: Intake): Promise<Submission> =>
    Promise.resolve(submissionOf(part, request, intake));
  try {
    const { job } = await scorer.score(caller, asked, submission, wait);
    if (job.status === "succeeded") return job;
    if (isTerminal(job.status)) throw endedBadly(job);
    await jobs.cancel(job);
  } catch (error) {
    throw error instanceof ScoringError ? placed(error, part, request) : error;
  }
  const message = "The model did not answer in time, and was told to stop.";
  throw new ScoringError("wait_exceeded", message);
}

function submissionOf(
  { inputs, places }: Part<EmbeddingInput>,
  { encoding_format: format, dimensions, prompt_name: prompt, pointerTo }: EmbeddingRequest,
  { contract }: Intake,
): Submission {
  return {
    form: "many",
    rows: inputs.map((text, i) =>
      parseShort(contract.input, { text }, { pointer: pointerTo(places[i] ?? 0), levels: 0 }),
    ),
    parameters: {
      encoding_format: format,
      ...(dimensions === undefined ? {} : { dimensions }),
      ...(prompt === undefined ? {} : { prompt_name: prompt }),
    },
    parametersIn: "body",
    metadata: undefined,
    class: undefined,
    terms: { cancelsOnDisconnect: true },
    content: () => [canonicalJson(inputs)],
  };
}

/** A fault of a job, told of the request: its parameters are members, and its inputs some of all. */
function placed(
  { code, message, faults, members, unlisted }: ScoringError,
  { places }: Part<unknown>,
  { pointerTo }: Pick<EmbeddingRequest, "pointerTo">,
) {
  const ownPointer = (pointer: string): string => {
    const [, member = "", ...steps] = pointer.split("/");
    if (member === "inputs") return pointerTo(places[Number(steps[0])] ?? 0);
    return member === "parameters" ? `/${steps.join("/")}` : pointer;
  };
  let told = message;
  const moved = faults.map((one) => {
    const { pointer = "" } = one;
    const own = ownPointer(pointer);
    if (pointer !== "") told = told.replaceAll(`${pointer}:`, `${own}:`);
    return one.pointer === undefined ? one : { ...one, pointer: own };
  });
  return new ScoringError(code, told, { faults: moved, members, unlisted });
}

const outputsSchema = z.array(
  z.object({
    embedding: z.union([z.array(z.number()), z.string()]),
    tokens: z.int(),
    truncated: z.boolean(),
  }),
);

/** In the order of the request, and how many tokens all had together. */
async function dataOf(
  jobs: readonly JobView[],
  parts: readonly Part<EmbeddingInput>[],
  { reader }: Pick<EmbeddingServices, "reader">,
): Promise<{ readonly data: EmbeddingList["data"]; readonly tokens: number }> {
  const data: EmbeddingList["data"] = [];
  let tokens = 0;
  for (const [i, job] of jobs.entries()) {
    const outputs = outputsSchema.parse(JSON.parse(await wholeText(outputBody(job, reader))));
    for (const [row, index] of (parts[i]?.places ?? []).entries()) {
      const output = outputs[row];
      if (output === undefined) throw new Error(`job ${job.id} has no output ${row}`);
      const { embedding, tokens: own, truncated } = output;
      tokens += own;
      data[index] = { object: "embedding", index, embedding, ...(truncated && { truncated }) };
    }
  }
  return { data, tokens };
}
