import { ScoringError } from "../../shared/error.ts";
import type { Packer, AddedJob } from "../../shared/pack/packer.ts";
import { packTrace, unpackTrace } from "../../shared/trace.ts";
import type { Span, SpanFacts, Tracer } from "../../shared/tracing/tracer.ts";
import type { Scorer, Scored } from "./score.ts";
import type { Submission } from "./submission.ts";

/** Scoring with a span `create`: from the request, with its waiting, to the answer. */
export class RecordedScorer implements Pick<Scorer, "score"> {
  readonly #scorer: Scorer;
  readonly #tracer: Tracer;

  constructor(scorer: Scorer, tracer: Tracer) {
    this.#scorer = scorer;
    this.#tracer = tracer;
  }

  readonly score = async (
    ...[caller, asked, submission, wait]: Parameters<Scorer["score"]>
  ): Promise<Scored> => {
    const atMs = this.#tracer.clock.now();
    let span: Span | undefined;
    try {
      const read: typeof submission = async (intake) => {
        const [begun, traced] = this.#begin(await submission(intake), intake.model, atMs);
        span = begun;
        return traced;
      };
      const scored = await this.#scorer.score(caller, asked, read, wait);
      span?.end(factsOf(scored.job));
      return scored;
    } catch (error) {
      span?.end({}, codeOf(error));
      throw error;
    }
  };

  /** The trace of a client that sent one goes on; any other begins under the ids that its answer tells. */
  #begin(read: Submission, model: string, atMs: number): [Span | undefined, Submission] {
    if (read.trace === undefined) return [undefined, read];
    const { sent, traceparent: root } = read.trace;
    const { traceparent: parent, ...client } = unpackTrace(sent ?? "");
    const facts = { "scoreline.model": model };
    const span = this.#tracer.begin({ name: "create", atMs, parent, root, facts });
    if (!span.isRecorded) return [undefined, read];
    const { traceparent } = span;
    const kept = packTrace({ ...client, traceparent, isOurs: parent === undefined });
    return [span, { ...read, trace: { ...read.trace, sent: kept } }];
  }
}

/** A packer with a span `accept` for each job whose trace is recorded, which is the parent of what follows. */
export class RecordedPacker implements Pick<Packer, "add"> {
  readonly #packer: Packer;
  readonly #tracer: Tracer;

  constructor(packer: Packer, tracer: Tracer) {
    this.#packer = packer;
    this.#tracer = tracer;
  }

  readonly add: Packer["add"] = (job, rowsMax): AddedJob => {
    const kept = job.trace === undefined ? undefined : unpackTrace(job.trace);
    if (kept?.traceparent === undefined) return this.#packer.add(job, rowsMax);
    const span = this.#tracer.begin({ name: "accept", parent: kept.traceparent });
    if (!span.isRecorded) return this.#packer.add(job, rowsMax);
    const trace = packTrace({ ...kept, traceparent: span.traceparent });
    const added = this.#packer.add({ ...job, trace }, rowsMax);
    added.done.then(
      ({ kind }) =>
        span.end({
          "scoreline.job.id": added.id,
          "scoreline.accept": kind,
          ...(job.class === "shadow" && { "scoreline.origin": "shadow" }),
        }),
      (error: unknown) => span.end({}, codeOf(error)),
    );
    return added;
  };
}

function factsOf({ id, status, via }: Scored["job"]): SpanFacts {
  const facts = { "scoreline.job.id": id, "scoreline.job.status": status };
  if (via === undefined) return facts;
  const { endpoint, variant } = via;
  return { ...facts, "scoreline.endpoint": endpoint, "scoreline.variant": variant };
}

function codeOf(error: unknown): string {
  return error instanceof ScoringError ? error.code : "internal";
}
