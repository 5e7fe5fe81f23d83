import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import { type Logger, reasonOf } from "../log.ts";

type Done = Parameters<SpanExporter["export"]>[1];

/** Says once when spans are not taken, and once when they are again: the library says neither. */
export class ToldExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #logger: Logger;
  #isRefused = false;

  constructor(exporter: SpanExporter, logger: Logger) {
    this.#exporter = exporter;
    this.#logger = logger;
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#exporter.export(spans, (result) => {
      this.#note(result.error);
      done(result);
    });
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #note(error: Error | undefined): void {
    if (this.#isRefused === (error !== undefined)) return;
    this.#isRefused = error !== undefined;
    if (error === undefined) this.#logger.info("collector takes spans again");
    else this.#logger.warn({ reason: reasonOf(error) }, "collector does not take spans");
  }
}
