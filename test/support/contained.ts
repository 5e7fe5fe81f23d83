import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const NAMESPACE = ["--pid", "--fork", "--kill-child"];
const PROBE = fileURLToPath(new URL("signal-probe.mjs", import.meta.url));
const NODE = realpathSync(process.execPath);

/** Whether this machine lets us make namespaces of processes. */
export const canContain = spawnSync("unshare", [...NAMESPACE, "true"]).status === 0;

/** A process in a namespace of its own, as a container would have it. */
export class Contained implements AsyncDisposable {
  /** As this side of the namespace sees it. */
  readonly pid: number;
  readonly #outer: ChildProcess;
  readonly #output: string[];

  private constructor(outer: ChildProcess, pid: number, output: string[]) {
    this.#outer = outer;
    this.pid = pid;
    this.#output = output;
  }

  /**
   * @param main what Node runs; returns when it is Node, which has not run a line yet
   * @param isFirst as process 1; else process 1 is another, as in a pod with `shareProcessNamespace`
   */
  static async start(
    main: string,
    env: Readonly<Record<string, string>>,
    { isFirst }: { readonly isFirst: boolean },
  ): Promise<Contained> {
    const command = [process.execPath, main];
    const shell = ["sh", "-c", '"$@" & wait $!', "sh"];
    const outer = spawn("unshare", [...NAMESPACE, ...(isFirst ? [] : shell), ...command], {
      env: { PATH: process.env["PATH"], NODE_OPTIONS: `--import=${PROBE}`, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    for (const stream of [outer.stdout, outer.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => output.push(text));
    }
    let pid: number | undefined;
    await until("Node is there", () => {
      pid = findNode(outer.pid ?? -1);
      return pid !== undefined;
    });
    return new Contained(outer, pid ?? -1, output);
  }

  /** Returns when Node has begun to run, which is long before it runs a line of ours. */
  async booting(): Promise<void> {
    await until("Node catches SIGTERM", () => {
      const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
      return /^SigCgt:.*[4-7c-f]\w{3}$/m.test(status);
    });
  }

  get log(): string {
    return this.#output.join("");
  }

  /** Its files that were loaded when it began to listen for signals, or undefined before. */
  get loadedBeforeListening(): readonly string[] | undefined {
    const [, list] = /^\{"loaded":\[(.*?)\]\}$/m.exec(this.log) ?? [];
    return list?.split(",").map((url) => fileURLToPath(JSON.parse(url)));
  }

  /** @returns its exit code; 128 and the number of the signal when one ended it */
  async end(signal: NodeJS.Signals): Promise<number> {
    process.kill(this.pid, signal);
    await until("it has ended", () => this.#hasExited);
    const { exitCode, signalCode } = this.#outer;
    return exitCode ?? (signalCode === "SIGTERM" ? 143 : -1);
  }

  get #hasExited(): boolean {
    return this.#outer.exitCode !== null || this.#outer.signalCode !== null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasExited) return;
    const exited = once(this.#outer, "exit");
    // Process 1 takes all others with it.
    for (const pid of childrenOf(this.#outer.pid ?? -1)) process.kill(pid, "SIGKILL");
    await exited;
  }
}

/** The first process under `pid` that is Node. */
function findNode(pid: number): number | undefined {
  for (const child of childrenOf(pid)) {
    const found = programOf(child) === NODE ? child : findNode(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function childrenOf(pid: number): readonly number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  } catch {
    return []; // it has ended meanwhile
  }
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}
