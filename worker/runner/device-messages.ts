import type { GraphFile } from "./graph.ts";
import type { Placement } from "./messages.ts";
import type { Tensors } from "./pipelines/pipeline.ts";

/** What the thread of a GPU is asked; `ask` numbers questions, `graph` what it has open. */
export type ToDevice = { readonly ask: number; readonly graph: number } & (
  | { readonly type: "open"; readonly file: GraphFile }
  | { readonly type: "run"; readonly inputs: Tensors }
  | { readonly type: "release" }
);

/** What it answers: that it has begun, and then once. */
export type FromDevice = { readonly ask: number } & (
  | { readonly type: "begun" }
  | { readonly type: "opened"; readonly placement: Placement }
  | { readonly type: "ran"; readonly outputs: Tensors }
  | { readonly type: "released" }
  | { readonly type: "failed"; readonly reason: string; readonly isGone?: boolean }
);
