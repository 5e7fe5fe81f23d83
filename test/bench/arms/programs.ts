import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { machineSeconds } from "../measure/processes.ts";
import type { Sample } from "../measure/sample.ts";
import type { Bench, Step } from "../run/step.ts";
import type { Arm, ArmKind } from "./arm.ts";

const MAIN = fileURLToPath(new URL("./program.ts", import.meta.url));
/** As many as a worker has runners on two cores. */
const PROCESSES = 2;
const run = promisify(execFile);

const resultSchema = z.object({
  rows: z.number(),
  rate: z.number(),
  /** CPU time of the runs. */
  runSeconds: z.number(),
  /** CPU time of all, loading included. */
  cpuSeconds: z.number(),
  wrong: z.number(),
});

/** Without a server, a queue or a client: what no server can be faster than. */
export const programs: readonly ArmKind[] = [
  program("raw", "`session.run` alone, two processes, tensors made beforehand"),
  program("bound", "a runner's work alone, two processes: input to tensors, run, output to JSON"),
];

function program(name: "raw" | "bound", title: string): ArmKind {
  const steps = [rows(name)];
  const start = async (): Promise<Arm> => Promise.resolve(NO_SERVER);
  return { name, title, manner: "sync", dialect: "scoreline", steps, start };
}

const NO_SERVER: Arm = {
  port: 0,
  tokens: [],
  processes: () => ({}),
  [Symbol.asyncDispose]: async () => Promise.resolve(),
};

/** Rows a second, in batches of as many as the model's manifest allows. */
function rows(mode: "raw" | "bound"): Step {
  return { name: "rows", isAlone: true, measure: async (bench) => measure(mode, bench) };
}

async function measure(mode: "raw" | "bound", { workload, windowMs }: Bench): Promise<Sample> {
  const before = { machine: machineSeconds(), atMs: performance.now() };
  const args = [MAIN, mode, workload, String(windowMs)];
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: "1" };
  const ends = await Promise.all(
    Array.from({ length: PROCESSES }, async () => run(process.execPath, args, { env })),
  );
  const results = ends.map(({ stdout }) => resultSchema.parse(JSON.parse(stdout)));
  const seconds = (performance.now() - before.atMs) / 1000;
  const sum = (name: keyof z.infer<typeof resultSchema>): number =>
    results.reduce((total, it) => total + it[name], 0);
  const foreign = (machineSeconds() - before.machine - sum("cpuSeconds")) / seconds;
  return {
    figures: { rate: sum("rate") },
    cpuMicros: { runner: (sum("runSeconds") * 1e6) / sum("rows") },
    foreignCores: Math.max(0, foreign),
    wrong: sum("wrong"),
    refused: 0,
    examples: [],
  };
}
