import { Worker } from "node:worker_threads";

/**
 * Ends this process when the one that started it is gone. It looks from a thread of its own: while a
 * model runs, the main thread sees neither the pipe close nor a timer, and a model that hangs would
 * keep a core busy for ever after its worker was killed.
 */
export function endWithParent(): void {
  const thread = new URL("./parent-watch-thread.mjs", import.meta.url);
  new Worker(thread, { workerData: { parent: process.ppid } }).unref();
}
