import { z } from "zod";

/** Settings of every role that records spans. The library reads further variables of OpenTelemetry itself. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  TRACE_SHARE: z.coerce.number().min(0).max(1).default(1),
};

export type TracingConfig = z.infer<z.ZodObject<typeof tracingSettings>>;
