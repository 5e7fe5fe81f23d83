import { z } from "zod";
import { table, wrap } from "../terminal/table.ts";

const shareSchema = z.looseObject({
  share: z.number(),
  interval: z.tuple([z.number(), z.number()]),
});
const pairedSchema = z
  .looseObject({
    pairs: z.number(),
    live: shareSchema,
    candidate: shareSchema,
    difference: shareSchema,
  })
  .nullable();

/** What pairs say, with a verdict, as the gateway shows it. */
export const reportSchema = z.looseObject({
  verdict: z.string(),
  reasons: z.array(z.string()),
  pairs: z.number(),
  errors: pairedSchema,
  failures: pairedSchema,
  agreement: z.looseObject({ pairs: z.number(), ...shareSchema.shape }).nullable(),
  latency: z
    .looseObject({
      pairs: z.number(),
      live_p95_ms: z.number(),
      candidate_p95_ms: z.number(),
      p95_ratio: z.number(),
      interval: z.tuple([z.number(), z.number().nullable()]),
    })
    .nullable(),
});

/** One comparison as the gateway shows it. */
const comparisonSchema = z.looseObject({
  variant: z.string(),
  model: z.string(),
  shadow: z.string(),
  candidate: z.string(),
  ...reportSchema.shape,
  disagreements: z.array(z.looseObject({ job_id: z.string(), difference: z.string() })),
});

/** How often a variant was right, by the labels of its jobs. */
const accuracySchema = z.looseObject({
  variant: z.string(),
  model: z.string(),
  labels: z.number(),
  accuracy: shareSchema.nullable(),
});

/** What `GET /v1/endpoints/{name}/comparisons` answers. */
export const comparisonListSchema = z.looseObject({
  data: z.array(comparisonSchema),
  variants: z.array(accuracySchema),
});

type ComparisonList = z.infer<typeof comparisonListSchema>;

type Comparison = z.infer<typeof comparisonSchema>;
type Report = z.infer<typeof reportSchema>;

/** Disagreements that are printed; `--json` has all. */
export const SHOWN = 5;

/** For a person. */
export function comparisonListLines({ data, variants }: ComparisonList): readonly string[] {
  const shadows = data.length === 0 ? [["no shadows"]] : data.map((it) => comparisonLines(it));
  return [...shadows, accuracyLines(variants)].flatMap((lines, i) =>
    i === 0 || lines.length === 0 ? lines : ["", ...lines],
  );
}

function comparisonLines(comparison: Comparison): readonly string[] {
  const { variant, model, shadow, candidate, verdict, disagreements } = comparison;
  return [
    `${shadow} (${candidate}) beside ${variant} (${model}): ${verdict}`,
    ...reportLines(comparison, "SHADOW"),
    ...(disagreements.length === 0 ? [] : ["", "last disagreements"]),
    ...disagreements.slice(0, SHOWN).map((it) => `${it.job_id}  ${it.difference}`),
  ];
}

/** None before there are labels. */
function accuracyLines(variants: ComparisonList["variants"]): readonly string[] {
  const rows = variants.flatMap(({ variant, model, labels, accuracy }) =>
    accuracy === null
      ? []
      : [
          [
            variant,
            model,
            percent(accuracy.share),
            range(accuracy.interval.map(percent)),
            String(labels),
          ],
        ],
  );
  const head = ["VARIANT", "MODEL", "RIGHT", "INTERVAL", "LABELS"];
  return rows.length === 0 ? [] : table([head, ...rows]);
}

/** Why, and the figures behind it. @param tried what the candidate is called */
export function reportLines(report: Report, tried: string): readonly string[] {
  const rows = [
    ...paired("wrong", report.errors),
    ...paired("failed", report.failures),
    ...agreementRow(report),
    ...latencyRow(report),
  ];
  const head = ["", "LIVE", tried, `${tried} - LIVE`, "INTERVAL", "PAIRS"];
  return [
    ...report.reasons.flatMap((reason) => wrap(reason)),
    ...(rows.length === 0 ? [] : ["", ...table([head, ...rows])]),
  ];
}

function paired(name: string, figure: Report["failures"]): string[][] {
  if (figure === null) return [];
  const { live, candidate, difference, pairs } = figure;
  return [
    [
      name,
      percent(live.share),
      percent(candidate.share),
      percent(difference.share),
      range(difference.interval.map(percent)),
      String(pairs),
    ],
  ];
}

function agreementRow({ agreement }: Report): string[][] {
  if (agreement === null) return [];
  const { share, interval, pairs } = agreement;
  return [["agree", "", percent(share), "", range(interval.map(percent)), String(pairs)]];
}

function latencyRow({ latency }: Report): string[][] {
  if (latency === null) return [];
  const { live_p95_ms: live, candidate_p95_ms: candidate, p95_ratio: ratio, pairs } = latency;
  const [low, high] = latency.interval;
  const ends = [times(low), high === null ? "?" : times(high)];
  return [["p95", ms(live), ms(candidate), times(ratio), range(ends), String(pairs)]];
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function ms(value: number): string {
  return `${Number(value.toPrecision(3))} ms`;
}

function times(ratio: number): string {
  return `× ${Number(ratio.toPrecision(3))}`;
}

function range([low = "", high = ""]: readonly string[]): string {
  return `${low} to ${high}`;
}
