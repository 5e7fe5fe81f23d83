import { z } from "zod";
import { EXECUTION_PROVIDERS } from "./execution-providers.ts";

const providerSchema = z.enum(EXECUTION_PROVIDERS);

/** A GPU as a worker found it at its start. */
export const deviceSchema = z.object({
  provider: providerSchema,
  /** As its driver names it. */
  name: z.string(),
  /** Of NVIDIA's: its number. */
  number: z.int().min(0).optional(),
  /** The driver's version, or the file of its library; undefined where nobody tells. */
  driver: z.string().optional(),
  memory_bytes: z.int().min(0).optional(),
});

export type Device = z.infer<typeof deviceSchema>;

/** What sessions of a version run on in one worker, as ONNX Runtime tells. */
export const runsOnSchema = z.object({
  provider: providerSchema,
  /** The GPU's name; absent on the CPU. */
  device: z.string().optional(),
  /** Nodes of the optimised graph that run on the provider, and all; absent on the CPU. */
  nodes: z.object({ placed: z.int().min(0), all: z.int().min(0) }).optional(),
});

export type RunsOn = z.infer<typeof runsOnSchema>;
