import { Worker } from "node:worker_threads";
import type { FromDevice, ToDevice } from "./device-messages.ts";
import type { Graph, GraphFile } from "./graph.ts";
import { CODE } from "../../shared/installed.ts";

interface Question {
  readonly answer: PromiseWithResolvers<FromDevice>;
  readonly onBegun: (() => void) | undefined;
}

/** A question without its numbers. */
type Asked = ToDevice extends infer One
  ? One extends ToDevice
    ? Omit<One, "ask" | "graph">
    : never
  : never;

/** Its message is the reason of what failed; no other graph can be opened by this process. */
export class DeviceGone extends Error {}

/**
 * The GPU of a runner, in a thread of its own. A run blocks the thread that it is in; so while the GPU
 * works on a batch, this one decodes the next and hands it over, and the GPU goes on with it at once.
 * One thing at a time, in the order of asking. Inputs and outputs are copied once, between the threads.
 */
export class Device {
  #thread: Worker | undefined;
  readonly #questions = new Map<number, Question>();
  #asked = 0;
  #opened = 0;

  /** @throws {DeviceGone} @throws as `openGraph` does */
  async open(file: GraphFile): Promise<Graph> {
    this.#opened += 1;
    const graph = this.#opened;
    const told = await this.#ask(graph, { type: "open", file });
    if (told.type !== "opened") throw new Error(`the GPU's thread answered ${told.type}`);
    return {
      placement: told.placement,
      run: async (inputs, onBegun) => {
        const ran = await this.#ask(graph, { type: "run", inputs }, onBegun);
        if (ran.type !== "ran") throw new Error(`the GPU's thread answered ${ran.type}`);
        return ran.outputs;
      },
      release: async () => void (await this.#ask(graph, { type: "release" })),
    };
  }

  async #ask(graph: number, question: Asked, onBegun?: () => void): Promise<FromDevice> {
    this.#asked += 1;
    const ask = this.#asked;
    const answer = Promise.withResolvers<FromDevice>();
    this.#questions.set(ask, { answer, onBegun });
    this.#thread ??= this.#start();
    // That of a window: a thread has no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#thread.postMessage({ ...question, ask, graph } satisfies ToDevice);
    const told = await answer.promise;
    if (told.type === "failed")
      throw told.isGone ? new DeviceGone(told.reason) : new Error(told.reason);
    return told;
  }

  #start(): Worker {
    const thread = new Worker(new URL(`./device-thread${CODE}`, import.meta.url));
    thread.on("message", (told: FromDevice) => {
      const question = this.#questions.get(told.ask);
      if (told.type === "begun") {
        question?.onBegun?.();
        return;
      }
      this.#questions.delete(told.ask);
      question?.answer.resolve(told);
    });
    // It ends when its GPU is gone, or by a fault of ours: a new runner is made in either case.
    thread.on("error", (error) => process.stderr.write(`the GPU's thread: ${error.message}\n`));
    thread.on("exit", () => process.exit(1));
    thread.unref(); // what keeps a runner alive is its pipe
    return thread;
  }
}
