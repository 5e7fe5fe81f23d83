import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Service } from "../service.ts";
import type { TracingConfig } from "./settings.ts";

/** What is done for a job, in this order. `batch` is a tensor batch; the others are of one job. */
export type SpanName = "create" | "accept" | "batch" | "run" | "settle" | "deliver";

/** What a span says beside its name and times: names as OpenTelemetry writes them, never inputs. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: SpanName;
  /** Epoch ms; now unless it began before. */
  readonly atMs?: number;
  /** The `traceparent` of the span that it is part of. */
  readonly parent?: string | undefined;
  /** Without a parent: the `traceparent` that it is to have itself. */
  readonly root?: string | undefined;
  /** `traceparent` of spans that it also has to do with. */
  readonly links?: readonly string[];
  readonly facts?: SpanFacts;
}

/** Something that is being done. */
export interface Span {
  /** For what is part of it. */
  readonly traceparent: string;
  /** False when its trace is not among those that are recorded. */
  readonly isRecorded: boolean;
  /** @param error why it failed, in words that may be shown @param atMs epoch; now by default */
  end(facts?: SpanFacts, error?: string, atMs?: number): void;
}

/** Records spans, and sends them to a collector when the process has time. */
export interface Tracer extends Service {
  /** For times of spans. */
  readonly clock: Clock;
  begin(start: SpanStart): Span;
}

export interface TracingOptions {
  /** `gateway`, `worker` or `courier`. */
  readonly role: string;
  readonly config: TracingConfig;
  /** Redis': so spans of several machines stand in their order. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** To be started first and stopped last. @returns undefined when no collector is set: then no library is read */
export async function tracerOf(options: TracingOptions): Promise<Tracer | undefined> {
  if (options.config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { OtlpTracer } = await import("./otlp-tracer.ts");
  return new OtlpTracer(options);
}
