import { z } from "zod";
import { EXECUTION_PROVIDERS } from "../../shared/execution-providers.ts";

/** What a worker offers to run models on, as its environment says it. */
export const offerSettings = {
  EXECUTION_PROVIDERS: z
    .string()
    .transform((list) => list.split(",").map((name) => name.trim()))
    .pipe(
      z.array(
        z.enum(EXECUTION_PROVIDERS, `must be of ${EXECUTION_PROVIDERS.join(", ")}, with commas`),
      ),
    )
    .prefault("cpu"),
  CUDA_DEVICES: z
    .string()
    .regex(/^\d{1,4}(?:,\d{1,4})*$/, "must be device numbers, separated by commas")
    .transform((list) => list.split(",").map(Number))
    .prefault("0"),
};
