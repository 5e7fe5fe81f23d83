import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { z } from "zod";
import type { ExecutionProvider, Placement } from "./messages.ts";

/** ONNX Runtime's names of what we ask for. */
const PROVIDERS = {
  cpu: "CPUExecutionProvider",
  webgpu: "WebGpuExecutionProvider",
  cuda: "CUDAExecutionProvider",
  tensorrt: "TensorrtExecutionProvider",
} as const;

/** Of a profile: an event for every node that ran, and others. */
const eventsSchema = z.array(
  z.looseObject({
    cat: z.string().optional(),
    name: z.string().optional(),
    args: z
      .looseObject({
        provider: z.string().optional(),
        op_name: z.string().optional(),
        node_index: z.string().optional(),
      })
      .optional(),
  }),
);

/** Copies between devices are nodes too, and no work of the model's. */
const COPIES = new Set(["MemcpyFromHost", "MemcpyToHost"]);

/**
 * Which nodes ran where, from the text of a profile of ONNX Runtime.
 *
 * @param wanted what the session was asked to run on
 */
export function placementIn(profile: string, wanted: ExecutionProvider["name"]): Placement {
  const events = eventsSchema.parse(JSON.parse(profile));
  const providers = new Map<string, string>();
  for (const { cat, name = "", args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    if (args?.provider === undefined || COPIES.has(args.op_name ?? "")) continue;
    providers.set(`${args.node_index} ${name}`, args.provider);
  }
  const placed = [...providers.values()].filter((it) => it === PROVIDERS[wanted]).length;
  return { provider: placed > 0 ? wanted : "cpu", nodes: { placed, all: providers.size } };
}

/**
 * A profile of a session's first runs: onnxruntime-node does not tell in another way which nodes the
 * provider has taken, and what it does not take runs on the CPU without a word.
 */
export class FirstRuns implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "scoreline-placement-"));

  /** What the session is to be made with. */
  get options(): InferenceSession.SessionOptions {
    return { enableProfiling: true, profileFilePrefix: join(this.#folder, "profile") };
  }

  /** Ends the profile: later runs are not slowed by it. */
  end(session: InferenceSession, wanted: ExecutionProvider["name"]): Placement {
    session.endProfiling();
    const [file = ""] = readdirSync(this.#folder);
    return placementIn(readFileSync(join(this.#folder, file), "utf8"), wanted);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
