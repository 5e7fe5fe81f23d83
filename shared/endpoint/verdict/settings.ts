import { z } from "zod";

const share = z.number().min(0).max(1);

/** The member `compare` of an endpoint: when a version may take over, and what then happens. */
export const compareSchema = z.strictObject({
  agreement_min: share
    .default(0.98)
    .describe(
      "Smallest share of pairs in which the outputs agree; not judged once labels are known.",
    ),
  judge_by: z
    .enum(["agreement", "truth"])
    .default("agreement")
    .describe(
      "`truth`: whether outputs agree is not judged, and a verdict waits for the truth of `pairs_min` pairs.",
    ),
  error_max: share
    .default(0.01)
    .describe(
      "Largest share of pairs by which the candidate may fail, or be wrong, more often than the live version.",
    ),
  p95_ratio_max: z
    .number()
    .positive()
    .default(1.5)
    .describe("How many times as long as the live version it may run, by the 95th percentile."),
  pairs_min: z
    .int()
    .min(1)
    .default(1000)
    .describe("Pairs before a version can be called `better` or `same`; `worse` needs none."),
  promote: z
    .enum(["manual", "automatic"])
    .default("manual")
    .describe("`automatic`: the verdict moves the candidate's share along `steps`."),
  steps: z
    .array(z.number().positive().max(100))
    .min(1)
    .max(20)
    .refine((steps) => steps.every((step, i) => step > (steps[i - 1] ?? 0)), "do not rise")
    .default([5, 25, 50, 100])
    .describe("Shares in percent, rising."),
});

export type CompareSettings = Readonly<z.output<typeof compareSchema>>;
