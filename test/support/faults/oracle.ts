import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What an input has its runner do before it is scored. */
export type Act = "none" | "slow" | "fail" | "die" | "hang";

/** An execution of an input, as the runner itself wrote it down. */
export interface Execution {
  readonly n: number;
  readonly act: Act;
  readonly atMs: number;
}

const RUN_TIMEOUT_MS = 6000;

/**
 * The model of the faults suite: its answer is known for every input (`n` + 3, from a real graph), it
 * does as its input says, and every execution is written down, also one that nobody survives.
 */
export class Oracle implements Disposable {
  /** A folder of models with `oracle` alone. */
  readonly models: string;
  readonly #ledger: string;

  constructor() {
    this.models = mkdtempSync(join(tmpdir(), "scoreline-oracle-"));
    this.#ledger = join(this.models, "executions");
    const version = join(this.models, "oracle", "1");
    cpSync("test/fixtures/models/two-outputs/1", version, { recursive: true });
    const path = join(version, "manifest.json");
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...Object(manifest), ...CHANGES }));
    writeFileSync(join(version, "oracle.mjs"), scriptOf(this.#ledger));
  }

  /** What an input is answered. */
  static answer(n: number): { readonly sum: number } {
    return { sum: n + 3 };
  }

  executions(): Execution[] {
    if (!existsSync(this.#ledger)) return [];
    return readFileSync(this.#ledger, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => {
        const [n, act, atMs] = line.split(" ");
        // Written by the script below.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        return { n: Number(n), act: act as Act, atMs: Number(atMs) };
      });
  }

  [Symbol.dispose](): void {
    rmSync(this.models, { recursive: true, force: true });
  }
}

const CHANGES = {
  name: "oracle",
  pipeline: {
    type: "script",
    module: "oracle.mjs",
    input: {
      type: "object",
      properties: { n: { type: "integer" }, act: { type: "string" }, pad: { type: "string" } },
      required: ["n"],
      additionalProperties: false,
    },
    output: { type: "object", properties: { sum: { type: "number" } }, required: ["sum"] },
  },
  batching: { max_batch_size: 8, max_queue_delay_ms: 0 },
  run_timeout_ms: RUN_TIMEOUT_MS,
  preload: true,
};

/** x = [[n, 1], [1, 1]]; the graph adds it up. */
function scriptOf(ledger: string): string {
  return `
import { appendFileSync } from "node:fs";
const spin = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
export function preprocess({ n, act = "none" }) {
  appendFileSync(${JSON.stringify(ledger)}, n + " " + act + " " + Date.now() + "\\n");
  if (act === "fail") throw new Error("as asked");
  if (act === "die") process.kill(process.pid, "SIGKILL");
  if (act === "slow") spin(250);
  if (act === "hang") spin(1e9);
  return { x: { dtype: "float32", dims: [2, 2], data: Float32Array.of(n, 1, 1, 1) } };
}
export const postprocess = ({ sums }) => ({ sum: sums.data[0] });
`;
}
