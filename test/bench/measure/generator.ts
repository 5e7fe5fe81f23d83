import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Load, LoadResult } from "../load/load.ts";

interface Reply {
  readonly result?: LoadResult;
  readonly error?: string;
}

/** The load generator: a process of its own, so that its CPU time can be told from ours. */
export class Generator implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor() {
    const main = fileURLToPath(new URL("../load/generator-process.ts", import.meta.url));
    this.#child = fork(main);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws when the load could not be run, or the generator ends instead of answering */
  async run(load: Load): Promise<LoadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
    const onExit = (): void => reject(new Error("the load generator ended"));
    const onReply = ({ result, error }: Reply): void => {
      if (result === undefined) reject(new Error(error));
      else resolve(result);
    };
    this.#child.once("message", onReply).once("exit", onExit);
    try {
      this.#child.send(load);
      return await promise;
    } finally {
      this.#child.off("message", onReply).off("exit", onExit);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#child.connected) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}
