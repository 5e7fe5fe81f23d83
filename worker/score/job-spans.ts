import { reasonOf } from "../../shared/log.ts";
import { recordedTraceparent } from "../../shared/trace.ts";
import type { Span, SpanFacts, Tracer } from "../../shared/tracing/tracer.ts";
import type { Task } from "./carrier.ts";
import type { RunTimes } from "./run-ends.ts";
import type { RunResult } from "./run-request.ts";

type Times = Pick<RunTimes, "startMs" | "nowMs">;

/** Spans of what a worker does for jobs whose trace is recorded. */
export class JobSpans {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /**
   * A tensor batch that was run: a span `batch`, since its first member came to this worker, with links to
   * all of them, in the trace of the first; and a span `run` for each member in its own.
   */
  ran(batch: readonly Task[], times: Times, result: RunResult): void {
    this.#record(batch, times, {
      "scoreline.model": batch[0]?.model ?? "",
      "scoreline.batch.rows": result.outputs.length,
      "scoreline.provider": result.provider,
      "scoreline.decode_ms": result.decodeMs,
      "scoreline.inference_ms": result.inferenceMs,
      "scoreline.cold_start": result.coldStart,
    });
  }

  /** The same, of one that came to nothing. */
  failed(batch: readonly Task[], times: Times, error: unknown): void {
    this.#record(batch, times, { "scoreline.model": batch[0]?.model ?? "" }, reasonOf(error));
  }

  /** Begins the span `settle` of a job that has ended: to be ended when Redis has its outcome. */
  settling(task: Task): Span | undefined {
    const parent = recordedTraceparent(task.work.trace);
    if (parent === undefined) return undefined;
    const facts = { "scoreline.job.id": task.work.id };
    return this.#tracer.begin({ name: "settle", parent, facts });
  }

  #record(
    batch: readonly Task[],
    { startMs, nowMs }: Times,
    facts: SpanFacts,
    error?: string,
  ): void {
    const members = batch.flatMap((task) => {
      const parent = recordedTraceparent(task.work.trace);
      return parent === undefined ? [] : [{ task, parent }];
    });
    const [first] = members;
    if (first === undefined) return;
    const links = members.map(({ parent }) => parent);
    const atMs = Math.min(...members.map(({ task }) => task.takenAtMs));
    const span = this.#tracer.begin({ name: "batch", atMs, parent: first.parent, links, facts });
    for (const { task, parent } of members) {
      const run = { name: "run", atMs: startMs, parent, links: [span.traceparent] } as const;
      this.#tracer.begin(run).end({ ...facts, "scoreline.job.id": task.work.id }, error, nowMs);
    }
    span.end({}, error, nowMs);
  }
}
