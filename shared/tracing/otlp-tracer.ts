import {
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Link,
  type Span as RecordedSpan,
  type SpanContext,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type IdGenerator,
} from "@opentelemetry/sdk-trace";
import type { Clock } from "../clock.ts";
import type { Service } from "../service.ts";
import { packageVersion } from "../version.ts";
import { settled } from "../wait.ts";
import { ToldExporter } from "./told-exporter.ts";
import type { Span, SpanFacts, SpanStart, Tracer, TracingOptions } from "./tracer.ts";

/** Beyond them spans are dropped: a collector that is slow, or away, costs no memory and no job. */
const SPANS_WAITING_MAX = 16_384;
const SPANS_A_REQUEST = 1024;
/** How long spans wait for others to travel with, in ms. */
const GATHERED_MS = 1000;
/** What a stop allows for sending what is left, in ms. */
const FLUSH_MS = 2000;

/** Records by OpenTelemetry's library, and sends by OTLP over HTTP, as protobuf. */
export class OtlpTracer implements Tracer, Service {
  readonly name = "tracer";
  readonly clock: Clock;
  readonly #provider: TracerProvider;
  readonly #ids = new GivenIds();

  constructor({ role, config, clock, logger }: TracingOptions) {
    this.clock = clock;
    // The library finds the collector, its headers and its certificates in the environment itself.
    const exporter = new ToldExporter(new OTLPTraceExporter(), logger);
    const named = { "service.name": `scoreline-${role}`, "service.version": packageVersion() };
    this.#provider = new TracerProvider({
      idGenerator: this.#ids,
      resource: defaultResource()
        .merge(resourceFromAttributes(named))
        .merge(detectResources({ detectors: [envDetector] })),
      // Who sends a traceparent has decided already whether it is recorded.
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.TRACE_SHARE) }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          maxQueueSize: SPANS_WAITING_MAX,
          maxExportBatchSize: SPANS_A_REQUEST,
          scheduledDelayMillis: GATHERED_MS,
        }),
      ],
    });
  }

  async start(): Promise<void> {}

  /** Sends what there is, for a moment: a collector that is away keeps no process from ending. */
  async stop(deadline: AbortSignal): Promise<void> {
    await settled(this.#provider.shutdown(), FLUSH_MS, deadline);
  }

  begin({ name, atMs = this.clock.now(), parent, root, links = [], facts }: SpanStart): Span {
    const above = parent === undefined ? ROOT_CONTEXT : contextOf(parent);
    if (parent === undefined && root !== undefined) this.#ids.give(spanContextOf(root));
    const options = {
      startTime: atMs,
      links: links.map((link): Link => ({ context: spanContextOf(link) })),
      ...(facts === undefined ? {} : { attributes: { ...facts } }),
    };
    const span = this.#provider.getTracer("scoreline").startSpan(name, options, above);
    return new OtlpSpan(span, this.clock);
  }
}

class OtlpSpan implements Span {
  readonly #span: RecordedSpan;
  readonly #clock: Clock;

  constructor(span: RecordedSpan, clock: Clock) {
    this.#span = span;
    this.#clock = clock;
  }

  get isRecorded(): boolean {
    return this.#span.isRecording();
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  }

  end(facts?: SpanFacts, error?: string, atMs = this.#clock.now()): void {
    if (facts !== undefined) this.#span.setAttributes(facts);
    if (error !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    this.#span.end(atMs);
  }
}

/** Random ids, but for a span that is to have those that an answer has told already. */
class GivenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #given: SpanContext | undefined;

  give(given: SpanContext): void {
    this.#given = given;
  }

  /** The library asks for this one first. */
  readonly generateSpanId = (): string => this.#given?.spanId ?? this.#random.generateSpanId();

  readonly generateTraceId = (): string => {
    const { traceId = this.#random.generateTraceId() } = this.#given ?? {};
    this.#given = undefined;
    return traceId;
  };
}

function contextOf(traceparent: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, spanContextOf(traceparent));
}

function spanContextOf(traceparent: string): SpanContext {
  const [, traceId = "", spanId = "", flags = "00"] = traceparent.split("-");
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return { traceId, spanId, traceFlags, isRemote: true };
}
