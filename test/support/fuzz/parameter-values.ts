import fc from "fast-check";

/** Parameters whose schema says less than what makes them useful. */
export const PARAMETER_VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  Prefer: fc.constantFrom(
    "wait=2",
    "wait=0.2",
    "respond-async",
    "return=minimal",
    "wait=1, x=y",
    "handling=lenient",
  ),
  wait: fc.constantFrom(0, 0.1, 2),
  // Always right: what the batch has already is skipped.
  from: fc.constant(0),
  after: fc.constantFrom(""),
  created_after: fc.constantFrom("2026-01-05T10:00:00Z", "2100-01-01T00:00:00.000Z"),
  created_before: fc.constantFrom("2100-01-01T00:00:00Z"),
  cursor: fc.constantFrom(""),
  model: fc.constantFrom("wine", "faq-javascript@1", "nope"),
  "If-None-Match": fc.constantFrom('"1-succeeded"', "*"),
  "Last-Event-ID": fc.constantFrom("1-succeeded", "1-queued-0"),
};
