import { z } from "zod";

export type Path = readonly (string | number)[];

/** What is wrong with an input, and where in it; becomes a fault with a pointer. */
export class InputFault extends Error {
  readonly path: Path;
  /** Members nobody knows, when that is what is wrong. */
  readonly unknown: readonly string[];

  constructor(path: Path, message: string, unknown: readonly string[] = []) {
    super(message);
    this.name = "InputFault";
    this.path = path;
    this.unknown = unknown;
  }
}

/** Runs a reader inside a schema's transform: its fault becomes the schema's issue. */
export function readInput<T>(context: z.RefinementCtx, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    const { message, unknown } = error;
    const path = [...error.path];
    if (unknown.length === 0) context.addIssue({ code: "custom", path, message });
    else context.addIssue({ code: "unrecognized_keys", path, keys: [...unknown], message });
    return z.NEVER;
  }
}
